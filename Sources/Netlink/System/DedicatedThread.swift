internal import Glibc
internal import Synchronization

/// A thread of our own that runs what it is given, one piece at a time, until its owner goes away.
///
/// Some of the kernel's state belongs to a thread, such as its network namespace; the threads of Swift
/// concurrency are shared and must not be changed in that way.
final class DedicatedThread: Sendable {
    private let mailbox: Mailbox
    private let thread: pthread_t
    /// Held by the caller whose work is in the mailbox.
    private let turn = Mutex<Void>(())

    init() throws(ErrorNumber) {
        let mailbox = try Mailbox()
        var thread = pthread_t()
        // SAFETY: the thread takes over the reference that is retained here; the function matches what
        // pthread_create asks for.
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Mailbox>.fromOpaque(context).takeRetainedValue().runUntilClosed()
                return nil
            }, Unmanaged.passRetained(mailbox).toOpaque())
        guard result == 0 else {
            // SAFETY: no thread has started, so the reference retained for it is released here.
            unsafe Unmanaged.passUnretained(mailbox).release()
            throw ErrorNumber(rawValue: result)
        }
        self.mailbox = mailbox
        self.thread = thread
    }

    deinit {
        mailbox.close()
        // The thread ends since its mailbox is closed.
        pthread_join(thread, nil)
    }

    /// Runs `body` on the thread and waits for it. On the thread itself it runs at once.
    func perform<Result: ~Copyable & Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if pthread_equal(pthread_self(), thread) != 0 { return try body() }
        var result: Swift.Result<Result, Failure>?
        turn.withLock { _ in
            mailbox.run {
                do throws(Failure) {
                    result = .success(try body())
                } catch {
                    result = .failure(error)
                }
            }
        }
        guard let result else { preconditionFailure("the mailbox returns when the work is done") }
        return try result.get()
    }
}

/// Where a thread finds its work. One side waits while the other runs, so the work needs no lock of its own.
private final class Mailbox: Sendable {
    private let hasWork: EventCounter
    private let isDone: EventCounter
    // SAFETY: written before `hasWork` is signalled and read after it was waited for; the caller waits for
    // `isDone` before it writes again. The two counters order the accesses.
    private nonisolated(unsafe) var work: (() -> Void)?

    init() throws(ErrorNumber) {
        hasWork = try EventCounter()
        isDone = try EventCounter()
    }

    /// Gives `work` to the thread and waits until it has run.
    func run(_ work: () -> Void) {
        withoutActuallyEscaping(work) { work in
            // SAFETY: the thread is idle, see above. It forgets the closure before it says that it is done.
            unsafe self.work = work
            hasWork.signal()
            isDone.wait()
        }
    }

    /// Lets the thread end.
    func close() { hasWork.signal() }

    func runUntilClosed() {
        while runNext() { isDone.signal() }
    }

    /// - Returns: false if there was no work, which means the end.
    private func runNext() -> Bool {
        hasWork.wait()
        // SAFETY: the caller has stored the closure and waits, see above.
        guard let work = unsafe work else { return false }
        unsafe self.work = nil
        work()
        return true
    }
}
