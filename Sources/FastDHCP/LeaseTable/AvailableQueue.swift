import LinuxSystem

/// The addresses that a new client may get, first in, first out, shared by all workers.
///
/// Each cell carries a ticket that says for which position it was last filled. An entry is one word and is
/// read before the compare-and-swap that removes it, so a thread that stops while removing holds up nobody.
/// One that stops while adding, between its swap and its last store, hides the entries behind it from the
/// others until it goes on; `removeFirst` then finds nothing, and the caller has other ways to find an
/// address.
///
/// It never overflows and so never waits for room: a slot stands in it once, and there are at least as many
/// cells as slots.
struct AvailableQueue: Sendable {
    /// Cell `i` is words `2i` (ticket: the position that it was filled for, plus one) and `2i + 1` (stamp
    /// above, slot index below).
    private let cells: AtomicWords
    /// Words 0 and 8, on two cache lines: where the next entry is added, and where the next is removed.
    private let ends = AtomicWords(count: 16)
    private let mask: Int
    private static let tail = 0
    private static let head = 8

    /// - Parameter capacity: how many entries there can be at once; the table queues each slot at most once.
    init(capacity: Int) {
        let cellCount = Int.powerOfTwo(atLeast: capacity)
        mask = cellCount - 1
        cells = AtomicWords(count: cellCount * 2)
    }

    /// Adds a slot at the end.
    func append(_ slotIndex: Int, stamp: UInt32) {
        while true {
            // ORDERING: relaxed; a stale position fails the compare-and-swap.
            let position = ends.loadRelaxed(Self.tail)
            // ORDERING: acquiring and releasing; whoever emptied the cell, one lap ago, is done with it: its
            // slot could be added again, here or before, only after its own swap of the head.
            guard ends.compareExchangeAcquiringAndReleasing(Self.tail, expected: position, desired: position &+ 1)
            else { continue }
            let cell = Int(truncatingIfNeeded: position) & mask
            cells.storeRelaxed(cell * 2 + 1, UInt64(stamp) << 32 | UInt64(slotIndex))
            // ORDERING: releasing; hands the entry to `removeFirst`.
            cells.storeReleasing(cell * 2, position &+ 1)
            return
        }
    }

    /// Removes the oldest entry; nil when there is none, or when its writer has not finished.
    @inline(always)
    func removeFirst() -> (slotIndex: Int, stamp: UInt32)? {
        while true {
            // ORDERING: acquiring, so that the ticket is no older than the position; a stale one fails the
            // compare-and-swap.
            let position = ends.loadAcquiring(Self.head)
            let cell = Int(truncatingIfNeeded: position) & mask
            // ORDERING: acquiring; pairs with the releasing ticket store in `append`.
            let ticket = cells.loadAcquiring(cell * 2)
            if ticket <= position { return nil }
            // ORDERING: relaxed; if a later lap has overwritten the entry, the head has moved on, and the
            // swap below fails.
            let entry = cells.loadRelaxed(cell * 2 + 1)
            // ORDERING: acquiring and releasing; keeps the load of the entry before it, and pairs with
            // `append` one lap later.
            guard ends.compareExchangeAcquiringAndReleasing(Self.head, expected: position, desired: position &+ 1)
            else { continue }
            return (Int(UInt32(truncatingIfNeeded: entry)), UInt32(truncatingIfNeeded: entry >> 32))
        }
    }
}

extension Int {
    /// The smallest power of two that is at least `value` and at least 2.
    static func powerOfTwo(atLeast value: Int) -> Int {
        1 << (Int.bitWidth - (Swift.max(value, 2) - 1).leadingZeroBitCount)
    }
}
