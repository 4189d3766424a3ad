package import FastDHCP
import Synchronization

/// A storm on its way: one thread that carries frames between the simulated VMs and one interface.
package final class StormRun: Sendable {
    private let board = StormBoard()
    private let thread: WorkerThread

    /// Opens rings on the interface called `name` in the calling thread's network namespace, and begins at once.
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
    package func cancel() { board.cancel() }

    /// Waits for the end, and says what came of it.
    package func result() -> StormResult {
        thread.join()
        guard let result = board.result.withLock({ $0 }) else { preconditionFailure("a storm ends with a result") }
        return result
    }
}

/// What the storm's thread and its owner share.
final class StormBoard: Sendable {
    private let cancelled = Atomic<Bool>(false)
    let progress = Mutex(StormProgress())
    let result = Mutex<StormResult?>(nil)

    // ORDERING: here and below, the flag alone counts; nothing is handed over with it.
    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
    func cancel() { cancelled.store(true, ordering: .relaxed) }
}

/// Takes the loop, which cannot be copied, across to its thread.
private final class LoopCarrier {
    var loop: StormLoop
    init(_ loop: consuming StormLoop) { self.loop = loop }
}

/// Why a storm cannot begin.
package enum StormError: Error, Equatable, CustomStringConvertible {
    case interface(InterfaceError)
    case filter(PacketFilterError)
    case system(SystemError)

    package var description: String {
        switch self {
        case .interface(.missing(let name)): "interface \(name) does not exist; \"ip link\" shows those that do"
        case .interface(let error): error.description
        case .filter(let error): error.description
        case .system(let error): error.description
        }
    }
}
