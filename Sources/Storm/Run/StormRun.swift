import FastDHCP
import Synchronization

/// A storm on its way: one thread that carries frames between the simulated VMs and one interface.
package final class StormRun: Sendable {
    private let board = StormBoard()
    private let thread: WorkerThread

    /// Opens rings on the interface called `name` in the calling thread's network namespace, and begins at
    /// once.
    package init(_ plan: StormPlan, onInterface name: String) throws(StormError) {
        let interface: InterfaceIdentity
        do { interface = try InterfaceIdentity(named: name) } catch { throw .interface(error) }
        let loop = LoopCarrier(try StormLoop(plan, on: interface))
        let board = board
        do { thread = try WorkerThread(name: "storm") { loop.loop.run(board) } } catch { throw .system(error) }
    }

    /// How far it is; a few milliseconds old.
    package var progress: StormProgress { board.progress.withLock { $0 } }

    /// Whether ``result()`` can be had without waiting.
    package var isFinished: Bool { board.result.withLock { $0 != nil } }

    /// Ends it early. Any thread may call this.
    package func cancel() { board.cancelled.set() }

    /// Waits for the end, and says what came of it.
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

/// Takes a loop, which cannot be copied, across to its thread.
final class LoopCarrier<Loop: ~Copyable> {
    var loop: Loop
    init(_ loop: consuming Loop) { self.loop = loop }
}
