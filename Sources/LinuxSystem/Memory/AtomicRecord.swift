public import Synchronization

/// Eight words of an `AtomicWords` that belong together. Their bounds are checked once.
///
/// The name of each method says its memory ordering, as in `AtomicWords`.
@frozen
@safe public struct AtomicRecord: ~Escapable {
    @inlinable
    public static var wordCount: Int { 8 }

    @usableFromInline let base: UnsafeMutablePointer<Atomic<UInt64>>

    @inlinable
    @inline(always)
    @_lifetime(borrow words)
    public init(_ words: borrowing AtomicWords, _ recordIndex: Int) {
        precondition(UInt(bitPattern: recordIndex) < UInt(bitPattern: words.count / Self.wordCount), "no such record")
        // SAFETY: the check above proves that the whole record is in the array. The array lives as long as it is
        // borrowed.
        unsafe base = words.base + recordIndex &* Self.wordCount
    }

    @inlinable
    @inline(always)
    func word(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: Self.wordCount), "no such word")
        // SAFETY: the index was just checked against the record's size.
        return unsafe base + index
    }

    @inlinable
    @inline(always)
    public func loadRelaxed(_ index: Int) -> UInt64 {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.load(ordering: .relaxed)
    }

    @inlinable
    @inline(always)
    public func loadAcquiring(_ index: Int) -> UInt64 {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.load(ordering: .acquiring)
    }

    @inlinable
    @inline(always)
    public func storeReleasing(_ index: Int, _ value: UInt64) {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee.store(value, ordering: .releasing)
    }

    /// Stores `desired`, with acquire, if the word is `expected`. Returns whether it was.
    @inlinable
    @inline(always)
    public func compareExchangeAcquiring(_ index: Int, expected: UInt64, desired: UInt64) -> Bool {
        // SAFETY: `word` checked the index.
        unsafe word(index).pointee
            .compareExchange(expected: expected, desired: desired, ordering: .acquiring).exchanged
    }
}
