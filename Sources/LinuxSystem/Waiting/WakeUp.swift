public import Synchronization

/// Wakes a worker that sleeps in poll, at the price of no system call while it is awake.
///
/// The worker's loop, in this order:
/// 1. ``prepareToSleep()``
/// 2. look into every queue that signallers fill; if one has work, skip the wait
/// 3. wait for ``fileDescriptor`` and whatever else, with ``PollSet``
/// 4. ``clear()``
///
/// A signaller first puts its work where the worker looks, then calls ``signal()``.
///
/// Why no wake-up is lost: both sides exchange the one `asleep` flag, so their exchanges have an order. If
/// the signaller's came first, the worker's acquires what the signaller released, and step 2 sees the work.
/// If the worker's came first, the signaller finds the flag set and writes to the descriptor, which ends step
/// 3. For this both must be exchanges, never plain loads or stores.
public final class WakeUp: Sendable {
    private let counter: EventCounter
    @usableFromInline let asleep = Atomic<Bool>(false)
    /// Signals that met a sleeping worker and whose writes it has not read yet. Only the worker touches it.
    @usableFromInline let unreadCount = Atomic<UInt64>(0)

    public init() throws(SystemError) { counter = try EventCounter() }

    /// The descriptor to wait for; readable after a signal that met a sleeping worker.
    public var fileDescriptor: Int32 { counter.fileDescriptor }

    /// Ends the worker's sleep, or keeps it from falling asleep. Any thread may call this.
    @inlinable
    public func signal() {
        if claimSleeper() { write() }
    }

    /// Whether the worker is asleep and nobody else has undertaken to wake it: then the caller must
    /// ``write()``.
    @inlinable
    package func claimSleeper() -> Bool {
        // ORDERING: releases the work put into the queues before; pairs with prepareToSleep() and clear().
        asleep.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Makes the descriptor readable.
    @usableFromInline
    package func write() { counter.signal() }

    /// Announces that the worker is about to wait. It must look into its queues once more afterwards.
    @inlinable
    public func prepareToSleep() {
        // ORDERING: acquires the work of every signal that came before; from here on signallers write.
        _ = asleep.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Ends the worker's sleep: signallers need no system call from here on.
    @inlinable
    public func clear() {
        // ORDERING: acquires the work of the signal that cleared the flag, if one did.
        let isSignalled = !asleep.exchange(false, ordering: .acquiringAndReleasing)
        // ORDERING: relaxed, the count is this thread's own.
        let unread = unreadCount.load(ordering: .relaxed) + (isSignalled ? 1 : 0)
        if unread > 0 { unreadCount.store(unread - read(), ordering: .relaxed) }
    }

    /// Takes what signallers have written.
    ///
    /// One may have claimed the sleeper and not written yet. Its write ends a later wait at once, which is
    /// harmless, but must be read then: a descriptor that stays readable would end all further waits.
    @usableFromInline
    func read() -> UInt64 { counter.take() }
}
