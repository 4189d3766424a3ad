import Synchronization

/// A thread of our own that runs what it is given, one piece at a time, until its owner goes away.
///
/// Some of the kernel's state belongs to a thread, such as its network namespace; the threads of Swift
/// concurrency are shared and must not be changed in that way. Programs that are started on it get its signal mask, so that
/// it keeps that of whoever made it.
package final class DedicatedThread: Sendable {
    private let handover: Handover
    private let thread: WorkerThread
    /// Held by the caller whose work is being handed over.
    private let turn = Mutex<Void>(())

    /// - Parameter name: what ps and top show for it.
    package init(name: String) throws(SystemError) {
        let handover = try Handover()
        thread = try WorkerThread(name: name, blocksSignals: false) { handover.runUntilClosed() }
        self.handover = handover
    }

    deinit {
        handover.close()
        // The thread ends since nothing more will be handed over.
        thread.join()
    }

    /// Runs `body` on the thread and waits for it. On the thread itself it runs at once.
    package func perform<Result: ~Copyable & Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if thread.isCurrent { return try body() }
        var result: Swift.Result<Result, Failure>?
        turn.withLock { _ in
            handover.run {
                do throws(Failure) {
                    result = .success(try body())
                } catch {
                    result = .failure(error)
                }
            }
        }
        guard let result else { preconditionFailure("the call returns when the work is done") }
        return try result.get()
    }
}

/// Where a thread finds its work. One side waits while the other runs, so the work needs no lock of its own.
private final class Handover: Sendable {
    private let hasWork: EventCounter
    private let isDone: EventCounter
    // SAFETY: written before `hasWork` is signalled and read after it was waited for; the caller waits for
    // `isDone` before it writes again. The two counters order the accesses.
    private nonisolated(unsafe) var work: (() -> Void)?

    init() throws(SystemError) {
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
