import LinuxSystem
import Synchronization

/// The latest command from the control side to one thread of the packet path. The thread reads a flag once per round,
/// and takes a lock only when there is a command.
final class CommandSlot<Attachment: ~Copyable & Sendable>: Sendable {
    /// A command to a thread.
    enum Command: ~Copyable, Sendable {
        /// Serve this interface from now on, instead of the previous one.
        case attach(Attachment)
        /// Finish the round and return.
        case stop
    }

    private struct State: ~Copyable, Sendable {
        var command: Command?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let hasCommand = Atomic<Bool>(false)
    private let reader: WakeUp

    /// - Parameter reader: wakes the thread that takes the commands.
    init(reader: WakeUp) { self.reader = reader }

    /// Makes the thread serve an interface. Has no effect after `stop`.
    func attach(_ attachment: consuming Attachment) {
        var command: Command? = .attach(attachment)
        state.withLock { state in
            if !state.isStopped { state.command = command.take() }
        }
        announce()
    }

    /// Makes the thread finish.
    func stop() {
        state.withLock { state in
            state.command = .stop
            state.isStopped = true
        }
        announce()
    }

    private func announce() {
        // ORDERING: releasing; pairs with `take`.
        hasCommand.store(true, ordering: .releasing)
        reader.signal()
    }

    /// Whether `take` would find a command. Ask this between `WakeUp.prepareToSleep()` and the wait.
    // ORDERING: relaxed; the exchange in `prepareToSleep` acquired what the poster did before its signal.
    var isWaiting: Bool { hasCommand.load(ordering: .relaxed) }

    /// Takes the pending command, if there is one.
    @inline(__always)
    func take() -> Command? {
        // ORDERING: acquiring; pairs with `announce`.
        guard hasCommand.load(ordering: .acquiring) else { return nil }
        return takeUnderLock()
    }

    @inline(never)
    private func takeUnderLock() -> Command? {
        state.withLock { state in
            // ORDERING: relaxed; the lock orders it against the posters.
            hasCommand.store(false, ordering: .relaxed)
            return state.command.take()
        }
    }
}
