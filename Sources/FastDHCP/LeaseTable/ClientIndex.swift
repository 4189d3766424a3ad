import Addresses

/// One worker's clients: which slot each has, and how many addresses it declined.
///
/// Open addressing with linear probing at no more than half load; only its worker touches it. A slot is attributed to
/// one client at most, and an entry exists while slots are attributed to its client, so there are never more entries
/// than slots. The hash is keyed: which clients collide cannot be chosen from outside.
struct ClientIndex: ~Copyable {
    /// Cell `i` is words `2i` (hardware address with bit 63 set; 0: empty) and `2i + 1` (declined count above, slot + 1
    /// below).
    private let cells: AtomicWords
    /// Slot index to the key of the client it is attributed to, or 0.
    private let clientOfSlot: AtomicWords
    private let mask: Int
    private let hashKey: UInt64
    private(set) var count = 0

    /// - Parameter hashKey: unpredictable to clients.
    init(slotCount: Int, hashKey: UInt64) {
        let cellCount = Int.powerOfTwo(atLeast: slotCount * 2)
        cells = AtomicWords(count: cellCount * 2, isBacked: true)
        clientOfSlot = AtomicWords(count: slotCount)
        mask = cellCount - 1
        self.hashKey = hashKey
    }

    /// The slot that this worker last gave the client. Another client may have it by now: the slot itself knows.
    @inline(__always)
    func slotIndex(of client: MACAddress) -> Int? {
        let cell = find(Self.key(client))
        return cells.loadRelaxed(cell * 2) == 0 ? nil : entry(cell).slotIndex
    }

    /// How many addresses stand declined on this client's word.
    func declinedCount(of client: MACAddress) -> Int {
        let cell = find(Self.key(client))
        return cells.loadRelaxed(cell * 2) == 0 ? 0 : entry(cell).declinedCount
    }

    /// Attributes a slot to a client, in place of whatever either had before.
    @inline(__always)
    mutating func assign(_ slotIndex: Int, to client: MACAddress) {
        let key = Self.key(client)
        if clientOfSlot.loadRelaxed(slotIndex) == key, self.slotIndex(of: client) == slotIndex { return }
        detach(slotIndex)
        let cell = find(key)
        if cells.loadRelaxed(cell * 2) == 0 {
            cells.storeRelaxed(cell * 2, key)
            setEntry(cell, slotIndex: slotIndex, declinedCount: 0)
            count += 1
            precondition(count * 2 <= mask + 1, "a worker has at most one entry per slot")
        } else {
            let (former, declinedCount) = entry(cell)
            if let former { clientOfSlot.storeRelaxed(former, 0) }
            setEntry(cell, slotIndex: slotIndex, declinedCount: declinedCount)
        }
        clientOfSlot.storeRelaxed(slotIndex, key)
    }

    /// Notes that the slot's client declined it: the client no longer has it, but it counts against the client.
    mutating func decline(_ slotIndex: Int) {
        let key = clientOfSlot.loadRelaxed(slotIndex)
        let cell = find(key)
        guard key != 0, cells.loadRelaxed(cell * 2) == key, entry(cell).slotIndex == slotIndex else { return }
        setEntry(cell, slotIndex: nil, declinedCount: entry(cell).declinedCount + 1)
    }

    /// Forgets to whom a slot was attributed.
    @inline(__always)
    mutating func detach(_ slotIndex: Int) {
        let key = clientOfSlot.loadRelaxed(slotIndex)
        guard key != 0 else { return }
        clientOfSlot.storeRelaxed(slotIndex, 0)
        let cell = find(key)
        precondition(cells.loadRelaxed(cell * 2) == key, "an attributed slot has an entry")
        var (currentSlot, declinedCount) = entry(cell)
        if currentSlot == slotIndex { currentSlot = nil } else { declinedCount -= 1 }
        if currentSlot == nil && declinedCount == 0 {
            remove(at: cell)
        } else {
            setEntry(cell, slotIndex: currentSlot, declinedCount: declinedCount)
        }
    }

    /// The cell of a key, or the empty one where it would stand.
    @inline(__always)
    private func find(_ key: UInt64) -> Int {
        var cell = home(key)
        while true {
            let found = cells.loadRelaxed(cell * 2)
            if found == key || found == 0 { return cell }
            cell = (cell + 1) & mask
        }
    }

    /// Removes a cell and moves back those behind it that would no longer be found across the gap.
    private mutating func remove(at removed: Int) {
        var gap = removed
        var cell = (gap + 1) & mask
        while case let key = cells.loadRelaxed(cell * 2), key != 0 {
            let distance = (cell - home(key)) & mask
            if distance >= (cell - gap) & mask {
                cells.storeRelaxed(gap * 2, key)
                cells.storeRelaxed(gap * 2 + 1, cells.loadRelaxed(cell * 2 + 1))
                gap = cell
            }
            cell = (cell + 1) & mask
        }
        cells.storeRelaxed(gap * 2, 0)
        count -= 1
    }

    @inline(__always)
    private func home(_ key: UInt64) -> Int {
        let product = (key ^ hashKey).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15 ^ (hashKey | 1))
        return Int(truncatingIfNeeded: product.high ^ product.low) & mask
    }

    @inline(__always)
    private func entry(_ cell: Int) -> (slotIndex: Int?, declinedCount: Int) {
        let word = cells.loadRelaxed(cell * 2 + 1)
        let slotWord = UInt32(truncatingIfNeeded: word)
        return (slotWord == 0 ? nil : Int(slotWord - 1), Int(word >> 32))
    }

    @inline(__always)
    private func setEntry(_ cell: Int, slotIndex: Int?, declinedCount: Int) {
        let slotWord = slotIndex.map { UInt64($0 + 1) } ?? 0
        cells.storeRelaxed(cell * 2 + 1, UInt64(declinedCount) << 32 | slotWord)
    }

    @inline(__always)
    private static func key(_ client: MACAddress) -> UInt64 { client.rawValue | 1 << 63 }
}
