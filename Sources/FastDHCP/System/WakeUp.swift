import Glibc
import Synchronization

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
/// Why no wake-up is lost: both sides exchange the one `asleep` flag, so their exchanges have an order. If the
/// signaller's came first, the worker's acquires what the signaller released, and step 2 sees the work. If the worker's
/// came first, the signaller finds the flag set and writes to the descriptor, which ends step 3. For this both must be
/// exchanges, never plain loads or stores.
public final class WakeUp: Sendable {
    /// The descriptor to wait for; readable after a signal that met a sleeping worker.
    public let fileDescriptor: Int32
    private let asleep = Atomic<Bool>(false)

    public init() throws(SystemError) {
        fileDescriptor = try SystemCall.eventfd().release()
    }

    deinit { SystemCall.close(fileDescriptor) }

    /// Ends the worker's sleep, or keeps it from falling asleep. Any thread may call this.
    public func signal() {
        // ORDERING: releases the work put into the queues before; pairs with the exchange in prepareToSleep().
        guard asleep.exchange(false, ordering: .acquiringAndReleasing) else { return }
        do {
            try SystemCall.writeWord(fileDescriptor, 1)
        } catch {
            // EAGAIN: the sum is at its limit, so the descriptor is readable and the worker wakes anyway.
            precondition(error.code == EAGAIN, "eventfd")
        }
    }

    /// Announces that the worker is about to wait. It must look into its queues once more afterwards.
    public func prepareToSleep() {
        // ORDERING: acquires the work of every signal() that came before; from here on signallers write to the descriptor.
        _ = asleep.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Ends the worker's sleep: signallers need no system call from here on.
    public func clear() {
        // ORDERING: acquires the work of the signal() that cleared the flag, if one did.
        let nobodySignalled = asleep.exchange(false, ordering: .acquiringAndReleasing)
        if nobodySignalled { return }
        do {
            _ = try SystemCall.readWord(fileDescriptor)
        } catch {
            // EAGAIN: the signaller has cleared the flag and not yet written; the next wait ends at once, which is harmless.
            precondition(error.code == EAGAIN, "eventfd")
        }
    }
}
