// Numbers in network byte order at any place, each one load or store.
//
// Put together from bytes they would be the same, but where some of the bytes are not used, or are used apart as well, the
// compiler loads each on its own.

extension Span<UInt8> {
    /// The number that begins at `offset`.
    /// - Precondition: all its bytes lie in the span.
    @inlinable
    @inline(always)
    public func load<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
        // SAFETY: the call checks the bounds; what it cannot check is whether the bytes are a value, and of an integer all are.
        unsafe Number(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}

extension MutableSpan<UInt8> {
    /// - Precondition: all bytes of the number lie in the span.
    @inlinable
    @inline(always)
    @_lifetime(self: copy self)
    public mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at offset: Int) {
        // SAFETY: the store checks the bounds; to write bytes is unsafe where they make up another type, and here they are all.
        var bytes = unsafe mutableBytes
        bytes.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
    }
}
