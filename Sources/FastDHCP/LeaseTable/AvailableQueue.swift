import LinuxSystem

/// The queue of addresses that a new client may get, first in, first out, shared by all workers.
///
/// Each cell carries a ticket: the position that it was last filled for. An entry is one word, and it is
/// read before the compare-and-swap that removes it. So a thread that stops while it removes an entry
/// blocks no other thread. A thread that stops while it adds an entry, between its swap and its last
/// store, hides the entries behind it until it continues. `removeFirst` then returns nil, and the caller
/// has other ways to find an address.
///
/// The queue never overflows, and so never waits for room: a slot is in it at most once, and there are at
/// least as many cells as slots.
struct AvailableQueue: Sendable {
    /// Cell `i` is words `2i` (ticket: the position that it was filled for, plus one) and `2i + 1` (stamp
    /// in the upper half, slot index in the lower half).
    private let cells: AtomicWords
    /// Words 0 and 8, on two cache lines: the position where the next entry is added, and the position
    /// where the next one is removed.
    private let ends = AtomicWords(count: 16)
    private let mask: Int
    private static let tail = 0
    private static let head = 8

    /// - Parameter capacity: the most entries at any time; the table queues each slot at most once.
    init(capacity: Int) {
        let cellCount = Int.powerOfTwo(atLeast: capacity)
        mask = cellCount - 1
        cells = AtomicWords(count: cellCount * 2)
    }

    /// Adds a slot at the end.
    func append(_ slotIndex: Int, stamp: UInt32) {
        while true {
            // ORDERING: relaxed; with a stale position, the compare-and-swap fails.
            let position = ends.loadRelaxed(Self.tail)
            // ORDERING: acquiring and releasing; the thread that emptied this cell one lap ago has
            // finished with it. The slot that it removed can be added again, in this cell or an earlier
            // one, only after that thread's own swap of the head.
            guard ends.compareExchangeAcquiringAndReleasing(Self.tail, expected: position, desired: position &+ 1)
            else { continue }
            let cell = Int(truncatingIfNeeded: position) & mask
            cells.storeRelaxed(cell * 2 + 1, UInt64(stamp) << 32 | UInt64(slotIndex))
            // ORDERING: releasing; passes the entry to `removeFirst`.
            cells.storeReleasing(cell * 2, position &+ 1)
            return
        }
    }

    /// Removes and returns the oldest entry. Nil when there is none, or when its writer has not finished.
    @inline(always)
    func removeFirst() -> (slotIndex: Int, stamp: UInt32)? {
        while true {
            // ORDERING: acquiring, so that the ticket is no older than the position. With a stale
            // position, the compare-and-swap fails.
            let position = ends.loadAcquiring(Self.head)
            let cell = Int(truncatingIfNeeded: position) & mask
            // ORDERING: acquiring; pairs with the releasing ticket store in `append`.
            let ticket = cells.loadAcquiring(cell * 2)
            if ticket <= position { return nil }
            // ORDERING: relaxed; if a later lap has overwritten the entry, the head has moved on, and the
            // swap below fails.
            let entry = cells.loadRelaxed(cell * 2 + 1)
            // ORDERING: acquiring and releasing; keeps the load of the entry before this swap, and pairs
            // with `append` one lap later.
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
