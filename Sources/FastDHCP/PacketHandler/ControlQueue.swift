import LinuxSystem
import Synchronization

/// Orders of the control side on their way to one worker. Off the packet path: the worker looks at a flag.
final class ControlQueue: Sendable {
    private let orders = Mutex<[ControlOrder]>([])
    private let hasWork = Atomic<Bool>(false)
    private let worker: WakeUp

    init(worker: WakeUp) { self.worker = worker }

    func append(_ task: ControlOrder.Task) {
        let order = ControlOrder(task, now: .now())
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
    func takeFirst() -> ControlOrder? {
        orders.withLock { orders in
            // ORDERING: relaxed; the lock orders it against `append`, which sets the flag after it.
            if orders.count <= 1 { hasWork.store(false, ordering: .relaxed) }
            return orders.isEmpty ? nil : orders.removeFirst()
        }
    }
}
