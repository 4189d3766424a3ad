import Addresses
import FastDHCP
import LinuxSystem

/// One worker stops in the middle of changing a slot. Meanwhile another worker's clients must get the other addresses,
/// and never that one.
struct PausedWorker {
    let ledger: Ledger
    private let tally = Tally()
    private let addressCount = 4

    init(ledger: Ledger) { self.ledger = ledger }

    func run(seconds: Double) throws {
        let end = BootTime.now() + UInt64(seconds * 1000)
        var local = LocalTally()
        while BootTime.now() < end, !ledger.hasViolation {
            try play(pausedSlot: local[.rounds] % addressCount, &local)
            local[.rounds] += 1
        }
        tally.add(local)
        tally.show("paused worker", [.rounds, .offers, .silences, .unreadable])
    }

    private func play(pausedSlot: Int, _ local: inout LocalTally) throws {
        let table = LeaseTable(pool: StressWorker.pool(of: addressCount))
        let hasStopped = SharedNumber(), mayGoOn = SharedNumber()
        let paused = try WorkerThread(name: "paused") { [ledger] in
            let isOurs = table.update(pausedSlot, ifHeldAs: SlotOwner(rawValue: 0)) { slot in
                hasStopped.value = 1
                mayGoOn.waitFor(1)
                slot.owner = SlotOwner(client: StressClients.mac(99), worker: 1, state: .offered)
                slot.deadline = .never
            }
            if !isOurs { ledger.report("a free slot could not be taken") }
        }
        hasStopped.waitFor(1)
        var worker = StressWorker(
            worker: 0, of: 2, table: table, configuration: try StressWorker.configuration(leaseSeconds: 100),
            commits: try CommitQueue(), now: BootTime(milliseconds: 0))
        // One client more than there are addresses left asks, and another one after the worker has gone on.
        for client in 0..<addressCount { ask(&worker, client, at: 0, &local) }
        if local[.offers] % (addressCount - 1) != 0 {
            ledger.report("a stopped worker kept others from their addresses")
        }
        if table.read(pausedSlot) != nil { ledger.report("a slot was read while it was being changed") }
        local[.unreadable] += 1
        mayGoOn.value = 1
        paused.join()
        ask(&worker, addressCount, at: 1000, &local)
        let owner = table.read(pausedSlot)?.owner
        if owner?.client != StressClients.mac(99) { ledger.report("a slot was taken while it was being changed") }
    }

    private func ask(_ worker: inout StressWorker, _ client: Int, at milliseconds: UInt64, _ local: inout LocalTally) {
        let request = Request(.discover, chaddr: StressClients.mac(client), xid: 1)
        switch worker.serve(request, now: BootTime(milliseconds: milliseconds)) {
        case .answered: local[.offers] += 1
        case .committing, .silent: local[.silences] += 1
        }
    }
}
