import Addresses
import LinuxSystem

/// The index of one worker's clients. For each client it knows the slot, how many addresses the client declined, how
/// many of its changes are in flight, and which message waits for those changes.
///
/// The index is a hash table with open addressing and linear probing, at most half full. Only its worker uses it. A
/// slot is assigned to at most one client. An entry exists while slots are assigned to its client, or while a change of
/// the client is in flight; such a change keeps a slot from all other clients. So there are never more entries than
/// slots. The hash is keyed, so that nobody outside can choose clients that collide.
struct ClientIndex: ~Copyable {
    /// A cell is three words:
    /// - the hardware address with bit 63 set, or 0 when the cell is empty;
    /// - the count of declined addresses in the upper half, slot + 1 in the lower half;
    /// - the number of the deferred message + 1 in the upper half, the count of changes in flight in the lower half.
    private let cells: AtomicWords
    private static let wordsPerCell = 3
    /// For each slot, the key of the client that it is assigned to, or 0.
    private let clientOfSlot: AtomicWords
    private let mask: Int
    private let hashKey: UInt64
    private(set) var count = 0

    /// - Parameter hashKey: a number that clients cannot guess.
    init(slotCount: Int, hashKey: UInt64) {
        let cellCount = Int.powerOfTwo(atLeast: slotCount * 2)
        cells = AtomicWords(count: cellCount * Self.wordsPerCell, isBacked: true)
        clientOfSlot = AtomicWords(count: slotCount)
        mask = cellCount - 1
        self.hashKey = hashKey
    }

    /// The slot that this worker last gave the client. Another client may have it by now: only the slot itself shows
    /// that.
    @inline(__always)
    func slotIndex(of client: MACAddress) -> Int? { entry(find(Self.key(client))).slotIndex }

    /// How many addresses this client has declined that are still set aside.
    func declinedCount(of client: MACAddress) -> Int { entry(find(Self.key(client))).declinedCount }

    /// Assigns a slot to a client. Ends the slot's former assignment and the client's.
    @inline(__always)
    mutating func assign(_ slotIndex: Int, to client: MACAddress) {
        let key = Self.key(client)
        if clientOfSlot.loadRelaxed(slotIndex) == key, self.slotIndex(of: client) == slotIndex { return }
        detach(slotIndex)
        let cell = findOrInsert(key)
        let (former, declinedCount) = entry(cell)
        if let former { clientOfSlot.storeRelaxed(former, 0) }
        setEntry(cell, slotIndex: slotIndex, declinedCount: declinedCount)
        clientOfSlot.storeRelaxed(slotIndex, key)
    }

    /// Records that the slot's client declined it. Ends the assignment and adds 1 to the number of addresses that the
    /// client has declined.
    mutating func decline(_ slotIndex: Int) {
        let key = clientOfSlot.loadRelaxed(slotIndex)
        let cell = find(key)
        guard key != 0, self.key(cell) == key, entry(cell).slotIndex == slotIndex else { return }
        setEntry(cell, slotIndex: nil, declinedCount: entry(cell).declinedCount + 1)
    }

    /// Removes the assignment of a slot.
    @inline(__always)
    mutating func detach(_ slotIndex: Int) {
        let key = clientOfSlot.loadRelaxed(slotIndex)
        guard key != 0 else { return }
        clientOfSlot.storeRelaxed(slotIndex, 0)
        let cell = find(key)
        precondition(self.key(cell) == key, "an assigned slot has an entry")
        var (currentSlot, declinedCount) = entry(cell)
        if currentSlot == slotIndex { currentSlot = nil } else { declinedCount -= 1 }
        setEntry(cell, slotIndex: currentSlot, declinedCount: declinedCount)
        removeIfUnused(cell)
    }
}

// Changes in flight, and the message that waits for them.
extension ClientIndex {
    /// Whether a change of the client is in flight.
    @inline(__always)
    func isBusy(_ client: MACAddress) -> Bool { activity(find(Self.key(client))).changeCount != 0 }

    /// Records that a change of the client was given to the committer.
    @inline(__always)
    mutating func beginChange(of client: MACAddress) {
        let cell = findOrInsert(Self.key(client))
        let (changeCount, message) = activity(cell)
        setActivity(cell, changeCount: changeCount + 1, deferredMessage: message)
    }

    /// Records that a change of the client is decided.
    /// - Returns: if this was the last change in flight, the message that waited for it. No message of the client waits
    ///   afterwards.
    @inline(__always)
    mutating func endChange(of client: MACAddress) -> Int? {
        let cell = find(Self.key(client))
        let (changeCount, message) = activity(cell)
        precondition(changeCount > 0, "a client with a change in flight has an entry")
        guard changeCount == 1 else {
            setActivity(cell, changeCount: changeCount - 1, deferredMessage: message)
            return nil
        }
        setActivity(cell, changeCount: 0, deferredMessage: nil)
        removeIfUnused(cell)
        return message
    }

    /// The message that waits for the client's changes in flight.
    func deferredMessage(of client: MACAddress) -> Int? { activity(find(Self.key(client))).deferredMessage }

    /// Makes a message wait for the client's changes in flight.
    /// - Precondition: the client has a change in flight.
    mutating func setDeferredMessage(_ message: Int, of client: MACAddress) {
        let cell = find(Self.key(client))
        let changeCount = activity(cell).changeCount
        precondition(changeCount > 0, "a message waits only for a change in flight")
        setActivity(cell, changeCount: changeCount, deferredMessage: message)
    }
}

// The cells.
extension ClientIndex {
    /// The cell of a key, or the empty cell where the key would go.
    @inline(__always)
    private func find(_ key: UInt64) -> Int {
        var cell = home(key)
        while true {
            let found = self.key(cell)
            if found == key || found == 0 { return cell }
            cell = (cell + 1) & mask
        }
    }

    /// How many cells are looked at until the client is found, or known not to be there.
    func probeLength(of client: MACAddress) -> Int {
        let key = Self.key(client)
        return ((find(key) - home(key)) & mask) + 1
    }

    /// The cell of a key. Adds an entry if the key has none.
    @inline(__always)
    private mutating func findOrInsert(_ key: UInt64) -> Int {
        let cell = find(key)
        if self.key(cell) == 0 {
            cells.storeRelaxed(cell * Self.wordsPerCell, key)
            count += 1
            precondition(count * 2 <= mask + 1, "a worker has at most one entry per slot")
        }
        return cell
    }

    @inline(__always)
    private mutating func removeIfUnused(_ cell: Int) {
        let base = cell * Self.wordsPerCell
        if cells.loadRelaxed(base + 1) == 0, cells.loadRelaxed(base + 2) == 0 { remove(at: cell) }
    }

    /// Removes a cell. Moves back the later cells that a search would no longer find across the gap.
    private mutating func remove(at removed: Int) {
        var gap = removed
        var cell = (gap + 1) & mask
        while case let key = self.key(cell), key != 0 {
            let distance = (cell - home(key)) & mask
            if distance >= (cell - gap) & mask {
                move(cell, to: gap)
                gap = cell
            }
            cell = (cell + 1) & mask
        }
        for word in 0..<Self.wordsPerCell { cells.storeRelaxed(gap * Self.wordsPerCell + word, 0) }
        count -= 1
    }

    private func move(_ cell: Int, to gap: Int) {
        for word in 0..<Self.wordsPerCell {
            cells.storeRelaxed(
                gap * Self.wordsPerCell + word, cells.loadRelaxed(cell * Self.wordsPerCell + word))
        }
    }

    @inline(__always)
    func home(_ key: UInt64) -> Int {
        // The finalizer of MurmurHash3: each bit of the key reaches each bit of the cell.
        var mixed = key ^ hashKey
        mixed = (mixed ^ mixed >> 33) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ mixed >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return Int(truncatingIfNeeded: mixed ^ mixed >> 33) & mask
    }

    @inline(__always)
    private func key(_ cell: Int) -> UInt64 { cells.loadRelaxed(cell * Self.wordsPerCell) }

    /// An empty cell has no slot and no declined addresses, because its words are zero.
    @inline(__always)
    private func entry(_ cell: Int) -> (slotIndex: Int?, declinedCount: Int) {
        let (below, above) = halves(cell, 1)
        return (below == 0 ? nil : below - 1, above)
    }

    @inline(__always)
    private func setEntry(_ cell: Int, slotIndex: Int?, declinedCount: Int) {
        setHalves(cell, 1, below: slotIndex.map { $0 + 1 } ?? 0, above: declinedCount)
    }

    @inline(__always)
    private func activity(_ cell: Int) -> (changeCount: Int, deferredMessage: Int?) {
        let (below, above) = halves(cell, 2)
        return (below, above == 0 ? nil : above - 1)
    }

    @inline(__always)
    private func setActivity(_ cell: Int, changeCount: Int, deferredMessage: Int?) {
        setHalves(cell, 2, below: changeCount, above: deferredMessage.map { $0 + 1 } ?? 0)
    }

    @inline(__always)
    private func halves(_ cell: Int, _ word: Int) -> (below: Int, above: Int) {
        let value = cells.loadRelaxed(cell * Self.wordsPerCell + word)
        return (Int(UInt32(truncatingIfNeeded: value)), Int(value >> 32))
    }

    @inline(__always)
    private func setHalves(_ cell: Int, _ word: Int, below: Int, above: Int) {
        cells.storeRelaxed(cell * Self.wordsPerCell + word, UInt64(above) << 32 | UInt64(below))
    }

    @inline(__always)
    static func key(_ client: MACAddress) -> UInt64 { client.rawValue | 1 << 63 }
}
