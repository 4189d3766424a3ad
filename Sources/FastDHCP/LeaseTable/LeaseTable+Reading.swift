public import Addresses
import LinuxSystem

extension LeaseTable {
    /// Reads a slot as a whole, without blocking any other thread.
    ///
    /// Nil when a worker was changing the slot at each of a limited number of tries: that worker stopped
    /// in the middle, or is very busy.
    @inline(__always)
    public func read(_ slotIndex: Int) -> LeaseSlot? {
        // The record borrows from this local copy.
        let words = words
        let record = AtomicRecord(words, slotIndex)
        for _ in 0..<64 {
            // ORDERING: acquiring; pairs with the releasing stores in `update`.
            let version = record.loadAcquiring(Word.version)
            let owner = SlotOwner(rawValue: record.loadAcquiring(Word.owner))
            guard !owner.isBusy else { continue }
            let slot = LeaseSlot(record, heldAs: owner)
            // ORDERING: the load of the version may be relaxed, because the acquiring loads of the payload
            // keep it after them. The owner is compared as well, because a change sets it busy before it
            // advances the version.
            if record.loadAcquiring(Word.owner) == owner.rawValue, record.loadRelaxed(Word.version) == version {
                return slot
            }
        }
        return nil
    }

    /// Finds the slot that is offered or bound to a client, by looking at every slot. For control and
    /// tests; workers have an index.
    public func slotIndex(heldBy client: MACAddress) -> Int? {
        (0..<count).first { slotIndex in
            guard let owner = read(slotIndex)?.owner, owner.client == client else { return false }
            return owner.state == .offered || owner.state == .bound
        }
    }

    /// How many addresses are in each state, indexed by `LeaseState.rawValue`. O(pool size). The slots are
    /// read one after the other, not at one instant.
    public func stateCounts() -> [Int] {
        var counts = [Int](repeating: 0, count: LeaseState.allCases.count)
        for slotIndex in 0..<count {
            guard let slot = read(slotIndex) else { continue }
            counts[Int(slot.owner.state.rawValue)] += 1
        }
        return counts
    }
}
