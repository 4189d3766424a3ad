public import Addresses
import Synchronization

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
    case changeInFlight
    /// The disk or the kernel refused; nothing has changed.
    case refused
}

/// Orders to one worker about single clients, with the answers they wait for. Off the packet path: the worker looks at
/// a flag.
final class ControlQueue: Sendable {
    /// What is to become of a client's lease. Each completion is called once, on the worker's thread.
    enum Order: Sendable {
        /// Take its address away. Told is whether that is durable, true also when there was nothing to take.
        case release(MACAddress, completion: @Sendable (Bool) -> Void)
        /// Give it an address, the chosen one or any.
        case lease(MACAddress, IPv4Address?, completion: @Sendable (LeaseOutcome) -> Void)
    }

    private let orders = Mutex<[Order]>([])
    private let hasWork = Atomic<Bool>(false)
    private let worker: WakeUp

    init(worker: WakeUp) { self.worker = worker }

    func append(_ order: Order) {
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
