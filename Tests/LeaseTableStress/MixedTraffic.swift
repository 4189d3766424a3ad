import Addresses
import FastDHCP
import Glibc
import LinuxSystem

/// Everything together: workers with clients that send all kinds of messages, a committer whose disk fails now and
/// then, a fast clock, and readers.
struct MixedTraffic {
    let ledger: Ledger
    private let tally = Tally()
    private let workerCount = 3
    private let addressCount = 6
    private let clientsPerWorker = 4
    private let leaseSeconds: UInt32 = 10
    private let table: LeaseTable

    init(ledger: Ledger) {
        self.ledger = ledger
        table = LeaseTable(pool: StressWorker.pool(of: addressCount))
    }

    func run(seconds: Double) throws {
        let clients = StressClients(count: workerCount * clientsPerWorker, leaseSeconds: leaseSeconds, ledger: ledger)
        clients.clock.value = 1000
        let configuration = try StressWorker.configuration(leaseSeconds: leaseSeconds)
        let queues = try (0..<workerCount).map { _ in try CommitQueue() }
        // 0: go; 1: workers finish; 2: the others finish.
        let phase = SharedNumber()

        let workers = try queues.enumerated().map { number, queue in
            try WorkerThread(name: "worker-\(number)") { [table, tally, workerCount] in
                let worker = StressWorker(
                    worker: number, of: workerCount, table: table, configuration: configuration, commits: queue,
                    now: BootTime(milliseconds: 1000))
                let own = stride(from: number, to: clients.count, by: workerCount)
                var traffic = Traffic(
                    worker: worker, table: table, clients: clients, own: Array(own), seed: UInt64(number))
                tally.add(traffic.run(phase))
            }
        }
        let committer = try WorkerThread(name: "committer") { [ledger, table, tally] in
            tally.add(Self.commit(queues, table, clients, ledger, phase))
        }
        let readers = try (0..<2).map { reader in
            try WorkerThread(name: "reader-\(reader)") { [ledger, table, tally] in
                tally.add(SlotReader(table: table, ledger: ledger).run(phase))
            }
        }
        let end = BootTime.now() + UInt64(seconds * 1000)
        while BootTime.now() < end, !ledger.hasViolation {
            clients.clock.add(5)
            usleep(100)
        }
        phase.value = 1
        for worker in workers { worker.join() }
        phase.value = 2
        committer.join()
        for reader in readers { reader.join() }
        checkQueue()
        tally.show("mixed traffic", Tally.Count.allCases.filter { $0 != .rounds })
        print("virtual time: \(clients.clock.value / 1000) s")
    }

    private static func commit(
        _ queues: [CommitQueue], _ table: LeaseTable, _ clients: StressClients, _ ledger: Ledger, _ phase: SharedNumber
    ) -> LocalTally {
        let counters = CommitCounters()
        var committer = Committer(
            queues: queues, counters: counters, table: table,
            journal: SlowDisk(slotCount: table.count, ledger: ledger), routes: NoRoutes())
        var replies = DeliveredReplies(table: table, clients: clients)
        while phase.value < 2 {
            if committer.commitBatch(at: .now(), replies: &replies) == 0 { sched_yield() }
        }
        var local = LocalTally()
        local[.acks] = replies.count
        local[.failedCommits] = Int(counters.failed)
        return local
    }

    /// Checks that at the end the queue holds exactly the available slots.
    private func checkQueue() {
        let available = (0..<table.count).filter { table.read($0)?.owner.isAvailable == true }
        var queued: Set<Int> = []
        while let (slotIndex, _) = table.takeAvailable() { queued.insert(slotIndex) }
        if queued != Set(available) { ledger.report("available are \(available), and in the queue \(queued.sorted())") }
    }
}

/// A disk that fails now and then. It checks that no client changes an address that the disk has bound to another.
private struct SlowDisk: JournalSink {
    private var owners: [MACAddress?]
    private var numbers = SystemRandomNumberGenerator()
    private let ledger: Ledger

    init(slotCount: Int, ledger: Ledger) {
        owners = Array(repeating: nil, count: slotCount)
        self.ledger = ledger
    }

    mutating func record(_ fingerprint: ExportFingerprint) -> Bool { true }
    mutating func tidy(isIdle: Bool) {}

    mutating func commit(_ changes: Span<BindingChange>) -> Bool {
        guard Int.random(in: 0..<8, using: &numbers) > 0 else { return false }
        for index in changes.indices {
            let change = changes[index]
            let owner = owners[Int(change.slotIndex)]
            if let owner, owner != change.client {
                ledger.report(
                    "\(change.kind) of \(change.address) by \(change.client), while the disk has it bound to \(owner)")
            }
            owners[Int(change.slotIndex)] = change.kind == .bind ? change.client : nil
        }
        return true
    }
}

/// Replies reach their clients at once.
private struct DeliveredReplies: ReplySink {
    let table: LeaseTable
    let clients: StressClients
    private(set) var count = 0

    init(table: LeaseTable, clients: StressClients) {
        self.table = table
        self.clients = clients
    }

    mutating func send(_ reply: inout Reply) -> Bool {
        clients.receive(reply, table)
        count += 1
        return true
    }

    mutating func flush() {}
}

extension StressClients {
    func receive(_ ack: Reply, _ table: LeaseTable) {
        guard let slotIndex = table.slotIndex(of: ack.yiaddr) else { return }
        acknowledge(xid: ack.xid, slotIndex: slotIndex, client: Int(ack.chaddr.rawValue & 0xFFFF))
    }
}
