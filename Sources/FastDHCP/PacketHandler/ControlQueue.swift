import LinuxSystem
import Synchronization

/// Orders of the control side on their way to one worker. The packet path does not touch the lock: the worker reads a
/// flag.
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

    /// Wakes the worker because something outside this queue has changed.
    func wakeWorker() { worker.signal() }

    /// Whether an order may be waiting. Check this between `WakeUp.prepareToSleep()` and the wait as well.
    @inline(__always)
    var isWaiting: Bool {
        // ORDERING: acquiring; pairs with `append`.
        hasWork.load(ordering: .acquiring)
    }

    /// Removes and returns the oldest order.
    func takeFirst() -> ControlOrder? {
        orders.withLock { orders in
            // ORDERING: relaxed; the lock orders this store against `append`, which sets the flag after it releases the
            // lock.
            if orders.count <= 1 { hasWork.store(false, ordering: .relaxed) }
            return orders.isEmpty ? nil : orders.removeFirst()
        }
    }
}
