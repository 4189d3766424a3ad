import CLinuxSystem
import Glibc
import Synchronization
import SystemPackage

/// A thread of its own, for work that must not share Swift concurrency's pool.
///
/// All signals are blocked on the thread, unless it is meant to start programs. Signals then go to the main program,
/// and they interrupt no system call of a worker.
public final class WorkerThread: Sendable {
    private let thread: pthread_t
    private let joined = Atomic<Bool>(false)

    /// Starts a thread that runs `body` once.
    /// - Parameter name: the name that ps and top show. The kernel keeps its first 15 bytes.
    public convenience init(name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
        try self.init(name: name, blocksSignals: true, body)
    }

    /// - Parameter blocksSignals: false to keep the calling thread's signal mask.
    init(name: String, blocksSignals: Bool, _ body: sending @escaping () -> Void) throws(SystemError) {
        // A new thread inherits the signal mask. Changing the mask around the start leaves no gap in which a signal
        // could arrive.
        var blocked = sigset_t(), previous = sigset_t()
        // SAFETY: both sets are local variables and are written completely.
        _ = unsafe blocksSignals ? sigfillset(&blocked) : sigemptyset(&blocked)
        unsafe pthread_sigmask(SIG_BLOCK, &blocked, &previous)
        // SAFETY: the set was written by the call above.
        defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }

        var thread = pthread_t()
        // SAFETY: the new thread takes over the reference that passRetained makes. If no thread starts, the reference
        // is released below.
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
        // SAFETY: the thread is not joined yet, so its handle is valid. A failure to set the name does no harm.
        _ = unsafe String(decoding: name.utf8.prefix(15), as: UTF8.self)
            .withCString { unsafe CLinuxSystem_pthread_setname_np(thread, $0) }
    }

    /// Whether the calling thread is this one.
    var isCurrent: Bool { pthread_equal(pthread_self(), thread) != 0 }

    /// Waits until the thread's work has returned. Only the first call waits. Later calls return at once.
    public func join() {
        // ORDERING: relaxed; it only picks the caller that joins. pthread_join itself synchronizes with the thread.
        guard !joined.exchange(true, ordering: .relaxed) else { return }
        pthread_join(thread, nil)
    }

    deinit {
        // ORDERING: relaxed; the last reference is gone, so no other thread reads the flag.
        guard !joined.load(ordering: .relaxed) else { return }
        // The thread was never joined, so its handle is valid. The thread frees itself when its work returns.
        pthread_detach(thread)
    }

    /// Carries the closure across pthread_create.
    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
