import Addresses
import Benchmark
import FastDHCP
import Workload

/// A worker and a committer without journal and routes, with one client per address.
private struct Node: ~Copyable {
    private var worker: MemoryWorker
    private var committer: Committer<NoJournal, NoRoutes>
    private let frames: Frames
    private var nextClient = 0

    /// - Parameter kind: the messages to measure. The messages that must come before them are served here.
    init(_ kind: Frames.Kind) throws {
        let table = LeaseTable(pool: (0..<clientCount).map(Frames.address(of:)))
        worker = try MemoryWorker(table: table)
        committer = Committer(
            queues: [worker.queue], counters: CommitCounters(), table: table, journal: NoJournal(), routes: NoRoutes())
        frames = Frames(kind, clientCount: clientCount)
        switch kind {
        case .discover: break
        case .request: serveAll(Frames(.discover, clientCount: clientCount))
        case .renewal:
            serveAll(Frames(.discover, clientCount: clientCount))
            serveAll(Frames(.request, clientCount: clientCount))
        }
    }

    /// Serves the next client's message, and commits if the batch is full.
    mutating func serveNext() {
        Self.serve(&worker, frames, nextClient)
        nextClient += 1
        if worker.isBatchFull { commit() }
    }

    mutating func commit() {
        committer.commitBatch(at: worker.now, replies: &worker.replies)
        worker.takeCompletions()
    }

    @inline(__always)
    private static func serve(_ worker: inout MemoryWorker, _ frames: borrowing Frames, _ client: Int) {
        worker.serve(frames[client])
    }

    private mutating func serveAll(_ frames: borrowing Frames) {
        for client in 0..<clientCount {
            Self.serve(&worker, frames, client)
            if worker.isBatchFull { commit() }
        }
        commit()
    }
}

func registerDecisionBenchmarks() {
    register("decision: DISCOVER to OFFER", .discover)
    register("decision: REQUEST to ACK, committed without disk and routes", .request)
    register("decision: renewal to ACK", .renewal)
}

private func register(_ name: String, _ kind: Frames.Kind) {
    Benchmark(name, configuration: .perMessage) { benchmark, node in
        for _ in benchmark.scaledIterations { node.value.serveNext() }
        node.value.commit()
    } setup: {
        Box(try Node(kind))
    }
}
