import Addresses
import FastDHCP
import Glibc
import LinuxSystem

/// One worker changes all words of a slot except its owner, as fast as it can. Readers must see all words of one
/// change, or none.
struct WholeReads {
    let ledger: Ledger
    private let tally = Tally()
    private let table = LeaseTable(pool: StressWorker.pool(of: 1))
    private let owner = SlotOwner(client: StressClients.mac(1), worker: 0, state: .bound)

    init(ledger: Ledger) { self.ledger = ledger }

    func run(seconds: Double) throws {
        _ = table.update(0, ifHeldAs: SlotOwner(rawValue: 0)) { $0 = slot(0) }
        let isOver = SharedNumber()
        let readers = try (0..<2).map { reader in
            try WorkerThread(name: "whole-\(reader)") { [self] in tally.add(read(until: isOver)) }
        }
        let end = BootTime.now() + UInt64(seconds * 1000)
        var local = LocalTally()
        while BootTime.now() < end, !ledger.hasViolation {
            for _ in 0..<1000 {
                local[.rounds] += 1
                if !table.update(0, ifHeldAs: owner, { $0 = slot(UInt64(local[.rounds])) }) {
                    ledger.report("a slot that only its worker changes was taken away")
                }
            }
        }
        isOver.value = 1
        for reader in readers { reader.join() }
        tally.add(local)
        tally.show("whole reads", [.rounds, .reads, .unreadable])
    }

    /// A slot with one number in all its words.
    private func slot(_ number: UInt64) -> LeaseSlot {
        let instant = BootTime(milliseconds: number)
        return LeaseSlot(
            owner: owner, deadline: instant, changeSequence: number,
            durable: DurableBinding(owner: SlotOwner(rawValue: number), deadline: instant, holdUntil: instant))
    }

    private func read(until isOver: SharedNumber) -> LocalTally {
        var tally = LocalTally()
        var last: UInt64 = 0
        while isOver.value == 0 {
            tally[.reads] += 1
            guard let seen = table.read(0) else {
                tally[.unreadable] += 1
                continue
            }
            if seen != slot(seen.changeSequence) { ledger.report("read half of a change: \(seen)") }
            if seen.changeSequence < last { ledger.report("read an older change after a newer one") }
            last = seen.changeSequence
        }
        return tally
    }
}
