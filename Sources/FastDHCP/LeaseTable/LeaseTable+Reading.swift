public import Addresses
import LinuxSystem

extension LeaseTable {
    /// Reads a slot as a whole, without holding anybody up.
    ///
    /// Nil when a worker was changing it at each of a bounded number of tries: it stopped there, or is very
    /// busy.
    @inline(__always)
    public func read(_ slotIndex: Int) -> LeaseSlot? {
        // What the record borrows lives in a variable of its own.
        let words = words
        let record = AtomicRecord(words, slotIndex)
        for _ in 0..<64 {
            // ORDERING: acquiring; pairs with the releasing stores in `update`.
            let version = record.loadAcquiring(Word.version)
            let holder = Holder(rawValue: record.loadAcquiring(Word.holder))
            guard !holder.isBusy else { continue }
            let slot = LeaseSlot(record, heldAs: holder)
            // ORDERING: the version may be relaxed, the acquiring payload loads keep it behind them. The
            // holder is compared as well, because a change sets it busy before it advances the version.
            if record.loadAcquiring(Word.holder) == holder.rawValue, record.loadRelaxed(Word.version) == version {
                return slot
            }
        }
        return nil
    }

    /// Finds the slot that is offered or bound to a client, by looking at every slot: for control and tests;
    /// workers have an index.
    public func slotIndex(heldBy client: MACAddress) -> Int? {
        (0..<count).first { slotIndex in
            guard let holder = read(slotIndex)?.holder, holder.client == client else { return false }
            return holder.state == .offered || holder.state == .bound
        }
    }

    /// How many addresses are in each state, indexed by `LeaseState.rawValue`. O(pool size); each slot is
    /// read at its own time.
    public func stateCounts() -> [Int] {
        var counts = [Int](repeating: 0, count: LeaseState.allCases.count)
        for slotIndex in 0..<count {
            guard let slot = read(slotIndex) else { continue }
            counts[Int(slot.holder.state.rawValue)] += 1
        }
        return counts
    }
}
