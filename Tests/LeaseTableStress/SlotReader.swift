import Addresses
import FastDHCP
import Glibc

/// Reads slots all the time, as metrics and control do, and checks that each one is consistent.
struct SlotReader {
    let table: LeaseTable
    let ledger: Ledger

    func run(_ phase: SharedNumber) -> LocalTally {
        var tally = LocalTally()
        while phase.value < 2 {
            for slotIndex in 0..<table.count {
                tally[.reads] += 1
                guard let slot = table.read(slotIndex) else {
                    tally[.unreadable] += 1
                    continue
                }
                check(slot, slotIndex)
            }
            if table.stateCounts().reduce(0, +) > table.count { ledger.report("more states than addresses") }
            if let slotIndex = table.slotIndex(heldBy: StressClients.mac(0)), slotIndex >= table.count {
                ledger.report("a slot beyond the pool")
            }
            sched_yield()
        }
        return tally
    }

    private func check(_ slot: LeaseSlot, _ slotIndex: Int) {
        let durable = slot.durable
        if durable.owner.isPending && durable.owner.state != .bound {
            ledger.report("slot \(slotIndex): what is in doubt on the disk is no binding: \(slot)")
        }
        if durable.deadline > durable.holdUntil {
            ledger.report("slot \(slotIndex): held for less than was told: \(slot)")
        }
        guard !slot.owner.isPending else { return }
        if slot.owner.state == .bound, slot.owner != durable.owner.settled {
            ledger.report("slot \(slotIndex): bound, and the disk does not know: \(slot)")
        }
        if slot.owner.isAvailable, durable.owner.state == .bound {
            ledger.report("slot \(slotIndex): available, and bound on disk: \(slot)")
        }
    }
}
