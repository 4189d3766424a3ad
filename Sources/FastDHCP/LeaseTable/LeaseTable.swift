public import Addresses
import LinuxSystem

/// The leases of a pool: one slot per address. The pool is fixed when the daemon starts. All workers share the table
/// without a lock.
///
/// A slot is 64 bytes of atomic words, one cache line:
///
///     0 version     counts the changes
///     1 owner       client, worker, pending and busy flags, state (see `SlotOwner`)
///     2 deadline    milliseconds of CLOCK_BOOTTIME
///     3 change      number of the latest change given to the committer
///     4 durable owner   5 durable deadline   6 durable holdUntil
///     7 queued      1 while the slot is in the queue of available addresses
///
/// Any thread may read a slot (`LeaseTable+Reading`). A worker changes a slot with `update`, which begins with a
/// compare-and-swap of the owner. So a change happens as a whole, or not at all when another worker was faster, and no
/// thread ever waits. Only its own worker changes a bound slot or a slot with a pending change. The committer and the
/// control side do not write slots; they send the worker a message.
public final class LeaseTable: Sendable {
    static let wordsPerSlot = AtomicRecord.wordCount
    enum Word {
        static let version = 0
        static let owner = 1
        static let deadline = 2
        static let change = 3
        static let durableOwner = 4
        static let durableDeadline = 5
        static let durableHoldUntil = 6
        static let queued = 7
    }

    let words: AtomicWords
    let queue: AvailableQueue
    /// For each slot, its address, in ascending order.
    let addresses: [UInt32]
    /// For each `address - firstAddress`, the slot index plus one; 0 if the pool does not have the address.
    private let indexByOffset: AtomicWords
    private let firstAddress: UInt32

    /// The number of addresses in the pool.
    public var count: Int { addresses.count }

    /// Creates a table in which every address is free. The lowest address is given out first.
    ///
    /// - Parameter pool: distinct addresses, at least one. The range from the lowest to the highest is at most a /8.
    public init(pool: [IPv4Address]) {
        precondition(!pool.isEmpty && pool.count < UInt32.max, "a pool has at least one address")
        addresses = pool.map(\.rawValue).sorted()
        firstAddress = addresses[0]
        let span = Int(addresses[addresses.count - 1] - firstAddress) + 1
        precondition(span <= 1 << 24, "a pool spans at most a /8")
        indexByOffset = AtomicWords(count: (span + 1) / 2)
        words = AtomicWords(count: addresses.count * Self.wordsPerSlot)
        queue = AvailableQueue(capacity: addresses.count)
        for (slotIndex, address) in addresses.enumerated() {
            precondition(self.slotIndex(of: IPv4Address(rawValue: address)) == nil, "a pool names an address once")
            let (word, shift) = Self.place(ofOffset: address - firstAddress)
            indexByOffset.storeRelaxed(word, indexByOffset.loadRelaxed(word) | UInt64(slotIndex + 1) << shift)
            makeAvailable(slotIndex, since: BootTime(milliseconds: 0))
        }
    }

    /// The slot of an address, or nil when the pool does not have it. O(1).
    @inline(__always)
    public func slotIndex(of address: IPv4Address) -> Int? {
        let offset = address.rawValue &- firstAddress
        let (word, shift) = Self.place(ofOffset: offset)
        guard word < indexByOffset.count else { return nil }
        // ORDERING: relaxed; the words are written only in `init`, before the table is shared.
        let entry = UInt32(truncatingIfNeeded: indexByOffset.loadRelaxed(word) >> shift)
        return entry == 0 ? nil : Int(entry - 1)
    }

    /// The address of a slot.
    @inline(__always)
    public func address(of slotIndex: Int) -> IPv4Address { IPv4Address(rawValue: addresses[slotIndex]) }

    /// Two 32-bit entries share a word.
    @inline(__always)
    private static func place(ofOffset offset: UInt32) -> (word: Int, shift: UInt64) {
        (Int(offset >> 1), UInt64(offset & 1) * 32)
    }
}
