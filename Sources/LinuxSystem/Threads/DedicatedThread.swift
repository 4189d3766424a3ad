import Synchronization

/// A thread that runs the work it is given, one piece at a time, until its owner goes away.
///
/// Some kernel state belongs to a thread, such as the network namespace. The threads of Swift concurrency are shared,
/// so that state must not be changed on them. Programs that are started on this thread inherit its signal mask, so it
/// keeps the mask of the thread that created it.
package final class DedicatedThread: Sendable {
    private let handover: Handover
    private let thread: WorkerThread
    /// The caller whose work is being handed over holds this lock.
    private let turn = Mutex<Void>(())

    /// - Parameter name: what ps and top show for it.
    package init(name: String) throws(SystemError) {
        let handover = try Handover()
        thread = try WorkerThread(name: name, blocksSignals: false) { handover.runUntilClosed() }
        self.handover = handover
    }

    deinit {
        handover.close()
        // The thread ends, because no more work will be handed over.
        thread.join()
    }

    /// Runs `body` on the thread and waits for the result. A call on the thread itself runs `body` at once.
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
        guard let result else { preconditionFailure("the work has no result although it is done") }
        return try result.get()
    }
}

/// Hands work to the thread. One side waits while the other runs, so the work needs no lock of its own.
private final class Handover: Sendable {
    private let hasWork: EventCounter
    private let isDone: EventCounter
    // SAFETY: the caller writes it before it signals `hasWork`, and the thread reads it after waiting for `hasWork`.
    // The caller waits for `isDone` before it writes again. The two counters order the accesses.
    private nonisolated(unsafe) var work: (() -> Void)?

    init() throws(SystemError) {
        hasWork = try EventCounter()
        isDone = try EventCounter()
    }

    /// Gives `work` to the thread and waits until it has run.
    func run(_ work: () -> Void) {
        withoutActuallyEscaping(work) { work in
            // SAFETY: the thread is idle, see above. It drops the closure before it signals that it is done.
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

    /// - Returns: False if there was no work, which means that the thread must end.
    private func runNext() -> Bool {
        hasWork.wait()
        // SAFETY: the caller has stored the closure and waits, see above.
        guard let work = unsafe work else { return false }
        unsafe self.work = nil
        work()
        return true
    }
}
