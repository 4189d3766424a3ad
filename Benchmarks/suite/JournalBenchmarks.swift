import Addresses
import Benchmark
import FastDHCP
import LinuxSystem
import Workload

/// A journal in its own directory, and changes to write.
private final class Disk {
    private let directory: ScratchDirectory
    private let table = LeaseTable(pool: (0..<clientCount).map(Frames.address(of:)))
    private var journal: Journal<FileJournalStorage>?
    private let changes: [BindingChange]

    /// - Parameter changeCount: the number of bindings to write.
    init(changeCount: Int) throws {
        directory = try ScratchDirectory()
        changes = try Self.bindings(changeCount)
        journal = try Journal<FileJournalStorage>.open(in: directory.path, table: table)
    }

    /// The changes that an engine decides when `count` clients ask for their first lease.
    private static func bindings(_ count: Int) throws -> [BindingChange] {
        let table = LeaseTable(pool: (0..<count).map(Frames.address(of:)))
        var worker = try MemoryWorker(table: table, now: .now())
        var committer = Committer(
            queues: [worker.queue], counters: CommitCounters(), table: table, journal: NoJournal(), routes: NoRoutes())
        let discovers = Frames(.discover, clientCount: count)
        let requests = Frames(.request, clientCount: count)
        var changes: [BindingChange] = []
        for client in 0..<count {
            worker.serve(discovers[client])
            worker.serve(requests[client])
            changes.append(worker.queue.pending[0].change)
            committer.commitBatch(at: worker.now, replies: &worker.replies)
            worker.takeCompletions()
        }
        return changes
    }

    /// Appends all changes in batches of the given size, with one sync per batch.
    func append(batchSize: Int) {
        let changes = changes
        for start in stride(from: 0, to: changes.count, by: batchSize) {
            let isDurable = journal!.commit(changes.span.extracting(start..<min(start + batchSize, changes.count)))
            precondition(isDurable, "the disk takes the batch")
        }
    }

    func tidy() { journal!.tidy(isIdle: true) }

    /// Closes the journal so that it can be opened again.
    func close() { journal = nil }

    /// Does what the daemon does at its start: reads the journal, rewrites it, and collects the leases.
    func restart() -> Int {
        do {
            let journal = try Journal<FileJournalStorage>.open(in: directory.path, table: table)
            return journal.restoredLeases().count
        } catch {
            preconditionFailure("the journal is sound: \(error)")
        }
    }

    func restoredLeases() -> [RestoredLease] { journal!.restoredLeases() }
}

func registerJournalBenchmarks() {
    for batchSize in [1, 8, 64, 512] {
        Benchmark("journal: append and sync a batch of \(batchSize)", configuration: .init(maxIterations: 1000)) {
            benchmark, disk in
            benchmark.startMeasurement()
            disk.append(batchSize: batchSize)
            benchmark.stopMeasurement()
            disk.tidy()
        } setup: {
            try Disk(changeCount: batchSize)
        }
    }

    Benchmark("journal: open with \(clientCount) records", configuration: .init(maxIterations: 20)) { _, disk in
        precondition(disk.restart() == clientCount, "every record is found")
    } setup: {
        let disk = try Disk(changeCount: clientCount)
        disk.append(batchSize: 512)
        disk.close()
        return disk
    }

    Benchmark("lease table: restore \(clientCount) leases", configuration: .init(maxIterations: 20)) {
        benchmark, leases in
        let table = LeaseTable(pool: (0..<clientCount).map(Frames.address(of:)))
        benchmark.startMeasurement()
        let count = table.restore(leases) { _ in 0 }
        benchmark.stopMeasurement()
        precondition(count == clientCount, "every lease is restored")
    } setup: {
        let disk = try Disk(changeCount: clientCount)
        disk.append(batchSize: 512)
        return disk.restoredLeases()
    }
}
