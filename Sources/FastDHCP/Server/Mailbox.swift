import Synchronization

/// Orders from the control side to one packet-path thread, which looks at a flag once per round and never waits for a
/// lock unless there is an order.
final class Mailbox<Attachment: ~Copyable & Sendable>: Sendable {
    /// What a thread is told to do.
    enum Order: ~Copyable, Sendable {
        /// Serve this interface from now on, in place of the one before.
        case attach(Attachment)
        /// Finish the round and return.
        case stop
    }

    private struct State: ~Copyable, Sendable {
        var order: Order?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let hasOrder = Atomic<Bool>(false)
    private let reader: WakeUp

    /// - Parameter reader: wakes the thread that takes the orders.
    init(reader: WakeUp) { self.reader = reader }

    /// Lets the thread serve an interface; after `stop` it is not told any more.
    func attach(_ attachment: consuming Attachment) {
        var order: Order? = .attach(attachment)
        state.withLock { state in
            if !state.isStopped { state.order = order.take() }
        }
        announce()
    }

    /// Lets the thread finish.
    func stop() {
        state.withLock { state in
            state.order = .stop
            state.isStopped = true
        }
        announce()
    }

    private func announce() {
        // ORDERING: releasing; pairs with `take`.
        hasOrder.store(true, ordering: .releasing)
        reader.signal()
    }

    /// Whether `take` would find an order: to be asked between `WakeUp.prepareToSleep()` and the wait.
    // ORDERING: relaxed; the exchange in `prepareToSleep` acquired what the poster did before its signal.
    var hasOrderWaiting: Bool { hasOrder.load(ordering: .relaxed) }

    /// Takes the order that waits, if there is one.
    @inline(__always)
    func take() -> Order? {
        // ORDERING: acquiring; pairs with `announce`.
        guard hasOrder.load(ordering: .acquiring) else { return nil }
        return takeUnderLock()
    }

    @inline(never)
    private func takeUnderLock() -> Order? {
        state.withLock { state in
            // ORDERING: relaxed; the lock orders it against the posters.
            hasOrder.store(false, ordering: .relaxed)
            return state.order.take()
        }
    }
}
