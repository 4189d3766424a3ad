import FastDHCP
import LinuxSystem
import Synchronization

/// A running storm: one thread that carries frames between the simulated VMs and the interfaces that they are behind.
package final class StormRun: Sendable {
    private let board = StormBoard()
    private let thread: WorkerThread

    /// Opens rings on an interface in the calling thread's network namespace, and begins immediately.
    package convenience init(_ plan: StormPlan, onInterface name: String) throws(StormError) {
        try self.init(plan, on: StormInterfaces(named: [name]))
    }

    /// Opens rings on interfaces in the calling thread's network namespace, and begins immediately.
    /// - Parameter serverPID: the process whose processor time is reported.
    package init(_ plan: StormPlan, on interfaces: StormInterfaces, serverPID: Int32? = nil) throws(StormError) {
        let loop = LoopCarrier(try StormLoop(plan, on: interfaces, serverPID: serverPID))
        let board = board
        do { thread = try WorkerThread(name: "storm") { loop.loop.run(board) } } catch { throw .system(error) }
    }

    /// The progress of the storm; it is updated about every 20 ms.
    package var progress: StormProgress { board.progress.withLock { $0 } }

    /// Whether ``result()`` returns without waiting.
    package var isFinished: Bool { board.result.withLock { $0 != nil } }

    /// Ends the storm early. Any thread may call this.
    package func cancel() { board.cancelled.set() }

    /// Waits for the end of the storm, and returns the result.
    package func result() -> StormResult {
        thread.join()
        guard let result = board.result.withLock({ $0 }) else { preconditionFailure("a storm ends with a result") }
        return result
    }
}

/// What the storm's thread and its owner share.
final class StormBoard: Sendable {
    let cancelled = StopFlag()
    let progress = Mutex(StormProgress())
    let result = Mutex<StormResult?>(nil)
}

/// Carries a loop, which cannot be copied, to its thread.
final class LoopCarrier<Loop: ~Copyable> {
    var loop: Loop
    init(_ loop: consuming Loop) { self.loop = loop }
}
