public import Addresses
import Synchronization

/// What became of an order to take a client's address away.
public enum ReleaseOutcome: Equatable, Sendable {
    /// The client has none any more, durably, and its route is gone.
    case released
    /// The lease is gone, durably, but the kernel refuses to remove its route.
    case routeRemains
    /// An earlier change of the client's lease is still undecided; nothing has changed.
    case changeInFlight
    /// The disk refused; nothing has changed.
    case refused
}

/// What became of an order to lease an address to a client.
public enum LeaseOutcome: Equatable, Sendable {
    /// It is leased, durably and with its route, just now.
    case granted(IPv4Address)
    /// The client had it already.
    case held(IPv4Address)
    /// The client has this one instead.
    case hasOther(IPv4Address)
    case taken
    case outsidePool
    case exhausted
    /// An earlier change of the client's lease or of the address is still undecided; nothing has changed.
    case changeInFlight
    /// The disk or the kernel refused; nothing has changed.
    case refused
}

/// Orders to one worker about single clients, with the answers they wait for. Off the packet path: the worker looks at
/// a flag.
final class ControlQueue: Sendable {
    /// How long an order may take: whoever asks over the control socket waits for 5 s.
    static let patienceMilliseconds: UInt64 = 3000

    /// What is to become of a client's lease, and when that has failed.
    struct Order: Sendable {
        let task: Task
        let deadline: BootTime
    }

    /// Each completion is called once, on the worker's thread.
    enum Task: Sendable {
        /// Take its address away, if it has one.
        case release(MACAddress, completion: @Sendable (ReleaseOutcome) -> Void)
        /// Give it an address, the chosen one or any.
        case lease(MACAddress, IPv4Address?, completion: @Sendable (LeaseOutcome) -> Void)
    }

    private let orders = Mutex<[Order]>([])
    private let hasWork = Atomic<Bool>(false)
    private let worker: WakeUp

    init(worker: WakeUp) { self.worker = worker }

    func append(_ task: Task) {
        let order = Order(task: task, deadline: .now() + Self.patienceMilliseconds)
        orders.withLock { $0.append(order) }
        // ORDERING: releasing; pairs with `takeFirst`.
        hasWork.store(true, ordering: .releasing)
        worker.signal()
    }

    /// Lets the worker look at what has changed beside its queue.
    func wakeWorker() { worker.signal() }

    /// Whether an order may wait: to be asked between `WakeUp.prepareToSleep()` and the wait as well.
    @inline(__always)
    var isWaiting: Bool {
        // ORDERING: acquiring; pairs with `append`.
        hasWork.load(ordering: .acquiring)
    }

    /// The oldest order.
    func takeFirst() -> Order? {
        orders.withLock { orders in
            // ORDERING: relaxed; the lock orders it against `append`, which sets the flag after it.
            if orders.count <= 1 { hasWork.store(false, ordering: .relaxed) }
            return orders.isEmpty ? nil : orders.removeFirst()
        }
    }
}
