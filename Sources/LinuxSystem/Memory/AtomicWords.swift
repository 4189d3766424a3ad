import CLinuxSystem
import Glibc
public import Synchronization

/// A fixed array of 64-bit words that any thread may read and write at any time, one word at a time.
///
/// All memory that threads share without a lock is of this type, so no access is ever a data race. The name of each
/// method says its memory ordering. A caller that relies on an ordering says in an `ORDERING:` comment which access it
/// pairs with. Words start at zero. The kernel backs a page of a large array only when it is first written.
///
/// `@unchecked`: the only stored property is a pointer to memory that is accessed by atomic operations only.
@safe public final class AtomicWords: @unchecked Sendable {
    @usableFromInline let base: UnsafeMutablePointer<Atomic<UInt64>>
    public let count: Int

    /// - Parameter isBacked: whether the kernel backs all pages at once. Set it for arrays that are read all over
    ///   before they are written: otherwise the kernel first maps each page as zeros and later copies it.
    /// - Precondition: `count` is positive.
    public init(count: Int, isBacked: Bool = false) {
        precondition(count > 0, "an array of atomic words cannot be empty")
        self.count = count
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | (isBacked ? MAP_POPULATE : 0)
        // SAFETY: mmap's result is compared with its one failure value. A fresh private mapping is page-aligned and
        // zero.
        let mapping = unsafe mmap(nil, count * 8, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
            preconditionFailure("no memory for \(count) words")
        }
        // SAFETY: Atomic<UInt64> has the layout of UInt64, for which zero is a valid value. This object owns the
        // mapping until deinit.
        unsafe base = mapping.bindMemory(to: Atomic<UInt64>.self, capacity: count)
    }

    deinit {
        // SAFETY: mapped in init with this size, and the last reference is gone.
        unsafe munmap(base, count * 8)
    }

    @inlinable
    @inline(__always)
    func word(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        // One comparison checks both ends: a negative index becomes a large unsigned number.
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

    /// Adds to a word that only the calling thread writes, as a counter.
    @inlinable
    @inline(__always)
    public func increment(_ index: Int, by amount: UInt64 = 1) {
        // ORDERING: relaxed; readers need a recent number, and no other thread writes.
        storeRelaxed(index, loadRelaxed(index) &+ amount)
    }

    /// Stores `desired`, with acquire, if the word is `expected`. Returns whether it was.
    @inlinable
    @inline(__always)
    public func compareExchangeAcquiring(_ index: Int, expected: UInt64, desired: UInt64) -> Bool {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee
            .compareExchange(expected: expected, desired: desired, ordering: .acquiring).exchanged
    }

    /// Stores `desired`, with acquire and release, if the word is `expected`. Returns whether it was.
    @inlinable
    @inline(__always)
    public func compareExchangeAcquiringAndReleasing(_ index: Int, expected: UInt64, desired: UInt64) -> Bool {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee
            .compareExchange(expected: expected, desired: desired, ordering: .acquiringAndReleasing).exchanged
    }

    /// Stores `desired`, with acquire and release. Returns the old value.
    @inlinable
    @inline(__always)
    public func exchangeAcquiringAndReleasing(_ index: Int, _ desired: UInt64) -> UInt64 {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.exchange(desired, ordering: .acquiringAndReleasing)
    }
}
