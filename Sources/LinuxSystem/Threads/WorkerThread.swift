import CLinuxSystem
import Glibc
import Synchronization
import SystemPackage

/// A thread of its own, for work that must not share Swift concurrency's pool.
///
/// All signals are blocked in it, unless it is to start programs: they reach the main program, and no system call of a
/// worker is interrupted.
public final class WorkerThread: Sendable {
    private let thread: pthread_t
    private let joined = Atomic<Bool>(false)

    /// Starts a thread that runs `body` once.
    /// - Parameter name: what ps and top show for it; the kernel keeps its first 15 bytes.
    public convenience init(name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
        try self.init(name: name, blocksSignals: true, body)
    }

    /// - Parameter blocksSignals: false to leave the signals as they are in the calling thread.
    init(name: String, blocksSignals: Bool, _ body: sending @escaping () -> Void) throws(SystemError) {
        // A new thread inherits the mask: changed around the start, it leaves no gap for a signal.
        var blocked = sigset_t(), previous = sigset_t()
        // SAFETY: both sets are ours and written whole.
        _ = unsafe blocksSignals ? sigfillset(&blocked) : sigemptyset(&blocked)
        unsafe pthread_sigmask(SIG_BLOCK, &blocked, &previous)
        // SAFETY: the set was written by the call above.
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        var thread = pthread_t()
        // SAFETY: the new thread takes over the reference that passRetained makes; if none starts, it is
        // released below.
        let start = unsafe Unmanaged.passRetained(Start(body))
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw SystemError(operation: "pthread_create", code: Errno(rawValue: code), context: "thread \(name)")
        }
        self.thread = thread
        // SAFETY: the thread is not joined yet, so its handle is valid. Without its name it works as well.
        _ = unsafe String(decoding: name.utf8.prefix(15), as: UTF8.self)
            .withCString { unsafe CLinuxSystem_pthread_setname_np(thread, $0) }
    }

    /// Whether the calling thread is this one.
    var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

    /// Waits until the thread's work has returned. Only the first call waits; others return at once.
    public func join() {
        // ORDERING: relaxed, to pick the one who joins; pthread_join itself synchronizes with the thread.
        guard !joined.exchange(true, ordering: .relaxed) else { return }
        pthread_join(thread, nil)
    }

    deinit {
        // ORDERING: the last reference is gone, so no other thread looks at the flag.
        guard !joined.load(ordering: .relaxed) else { return }
        // Never joined, so the handle is valid; the thread frees itself when its work returns.
        pthread_detach(thread)
    }

    /// Carries the closure across pthread_create.
    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
