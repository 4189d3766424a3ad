// Numbers in network byte order at any offset. Each access is one load or one store.
//
// Combining single bytes would give the same numbers. But when some of those bytes are unused, or are also used one by
// one, the compiler loads each byte separately.

extension Span<UInt8> {
    /// The number that starts at `offset`.
    /// - Precondition: all its bytes are in the span.
    @inlinable
    @inline(always)
    public func load<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
        // SAFETY: the call checks the bounds. It cannot check that the bytes are a valid value, but for an integer all
        // bytes are.
        unsafe Number(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}

extension MutableSpan<UInt8> {
    /// - Precondition: all bytes of the number are in the span.
    @inlinable
    @inline(always)
    @_lifetime(self: copy self)
    public mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at offset: Int) {
        // SAFETY: the store checks the bounds. Writing bytes is unsafe where they represent another type, but here they
        // are bytes.
        var bytes = unsafe mutableBytes
        bytes.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
    }
}
