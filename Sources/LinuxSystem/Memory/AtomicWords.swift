import CLinuxSystem
import Glibc
public import Synchronization

/// A fixed array of 64-bit words that any thread may read and write at any time, one word at a time.
///
/// All memory that threads share without a lock is of this type, so that no access is ever a data race. Each method's name
/// says its memory ordering; a caller that relies on one says in an `ORDERING:` comment which access it pairs with. Words
/// start at zero, and the kernel backs the pages of a large array only as they are first written.
///
/// `@unchecked`: the only stored property is a pointer to memory that is touched through atomic operations alone.
@safe public final class AtomicWords: @unchecked Sendable {
    @usableFromInline let base: UnsafeMutablePointer<Atomic<UInt64>>
    public let count: Int

    /// - Parameter isBacked: whether the kernel backs all pages at once: for words that are looked at all over the array
    ///   before they are written, when it would first map each page as zeros and then copy it.
    /// - Precondition: `count` is positive.
    public init(count: Int, isBacked: Bool = false) {
        precondition(count > 0, "an array of atomic words cannot be empty")
        self.count = count
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | (isBacked ? MAP_POPULATE : 0)
        // SAFETY: mmap's result is compared with its one failure value; a fresh private mapping is page-aligned and
        // zero.
        let mapping = unsafe mmap(nil, count * 8, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
            preconditionFailure("no memory for \(count) words")
        }
        // SAFETY: Atomic<UInt64> has the layout of UInt64, of which zero is a value; this object owns the mapping until
        // deinit.
        unsafe base = mapping.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    }

    deinit {
        // SAFETY: mapped in init with this size, and the last reference is gone.
        unsafe munmap(base, count * 8)
    }

    @inlinable
    @inline(__always)
    func word(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        // One comparison for both ends: a negative index is a large unsigned one.
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "no such word")
        // SAFETY: the index was just checked against the allocation's size.
        return unsafe base + index
    }

    @inlinable
    @inline(__always)
    public func loadRelaxed(_ index: Int) -> UInt64 {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.load(ordering: .relaxed)
    }

    @inlinable
    @inline(__always)
    public func loadAcquiring(_ index: Int) -> UInt64 {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.load(ordering: .acquiring)
    }

    @inlinable
    @inline(__always)
    public func storeRelaxed(_ index: Int, _ value: UInt64) {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.store(value, ordering: .relaxed)
    }

    @inlinable
    @inline(__always)
    public func storeReleasing(_ index: Int, _ value: UInt64) {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.store(value, ordering: .releasing)
    }

    /// Adds to a word that only the calling thread writes: a counter.
    @inlinable
    @inline(__always)
    public func increment(_ index: Int, by amount: UInt64 = 1) {
        // ORDERING: relaxed; readers want a recent number, and no other thread writes.
        storeRelaxed(index, loadRelaxed(index) &+ amount)
    }

    /// Stores `desired` and acquires if the word is `expected`; says whether it was.
    @inlinable
    @inline(__always)
    public func compareExchangeAcquiring(_ index: Int, expected: UInt64, desired: UInt64) -> Bool {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee
            .compareExchange(expected: expected, desired: desired, ordering: .acquiring).exchanged
    }

    /// Stores `desired`, acquires and releases if the word is `expected`; says whether it was.
    @inlinable
    @inline(__always)
    public func compareExchangeAcquiringAndReleasing(_ index: Int, expected: UInt64, desired: UInt64) -> Bool {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee
            .compareExchange(expected: expected, desired: desired, ordering: .acquiringAndReleasing).exchanged
    }

    /// Stores `desired`, acquires and releases; returns the old value.
    @inlinable
    @inline(__always)
    public func exchangeAcquiringAndReleasing(_ index: Int, _ desired: UInt64) -> UInt64 {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.exchange(desired, ordering: .acquiringAndReleasing)
    }
}
