public import Synchronization

/// Wakes a worker that sleeps in poll. While the worker is awake, a signal costs no system call.
///
/// The worker's loop, in this order:
/// 1. ``prepareToSleep()``
/// 2. look into every queue that signaling threads fill; if one has work, skip the wait
/// 3. wait for ``fileDescriptor`` and anything else, with ``PollSet``
/// 4. ``clear()``
///
/// A signaling thread first puts its work where the worker looks, then calls ``signal()``.
///
/// Why no wake-up is lost: both sides exchange the same `asleep` flag, so their exchanges have an order. If the
/// signaling thread's exchange is first, the worker's exchange acquires what that thread released, and step 2 sees the
/// work. If the worker's exchange is first, the signaling thread finds the flag set and writes to the descriptor, which
/// ends step 3. This works only if both are exchanges, never plain loads or stores.
public final class WakeUp: Sendable {
    private let counter: EventCounter
    @usableFromInline let asleep = Atomic<Bool>(false)
    /// How many signals found the worker asleep whose writes to the descriptor it has not read yet. Only the worker
    /// accesses the count.
    @usableFromInline let unreadCount = Atomic<UInt64>(0)

    public init() throws(SystemError) { counter = try EventCounter() }

    /// The descriptor to wait for. It is readable after a signal that found the worker asleep.
    public var fileDescriptor: Int32 { counter.fileDescriptor }

    /// Ends the worker's sleep, or keeps it from falling asleep. Any thread may call this.
    @inlinable
    public func signal() {
        if claimSleeper() { write() }
    }

    /// Whether the worker is asleep and no other thread has claimed the task of waking it. If so, the caller must call
    /// ``write()``.
    @inlinable
    package func claimSleeper() -> Bool {
        // ORDERING: releases the work that was put into the queues before. Pairs with prepareToSleep() and clear().
        asleep.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Makes the descriptor readable.
    @usableFromInline
    package func write() { counter.signal() }

    /// Announces that the worker is about to wait. It must look into its queues once more afterwards.
    @inlinable
    public func prepareToSleep() {
        // ORDERING: acquires the work of every earlier signal. From here on signaling threads write to the descriptor.
        _ = asleep.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Ends the worker's sleep. From here on signaling threads need no system call.
    @inlinable
    public func clear() {
        // ORDERING: acquires the work of the signal that cleared the flag, if one did.
        let isSignalled = !asleep.exchange(false, ordering: .acquiringAndReleasing)
        // ORDERING: relaxed, the count is this thread's own.
        let unread = unreadCount.load(ordering: .relaxed) + (isSignalled ? 1 : 0)
        if unread > 0 { unreadCount.store(unread - read(), ordering: .relaxed) }
    }

    /// Takes what signaling threads have written.
    ///
    /// A signaling thread may have claimed the sleeping worker and not written yet. Its write then ends a later wait at
    /// once, which is harmless. But that write must be read then: a descriptor that stays readable would end all
    /// further waits.
    @usableFromInline
    func read() -> UInt64 { counter.take() }
}
