/// Numbers as bytes, in network byte order and in this machine's.
extension FixedWidthInteger {
    /// The number with its most significant byte first, as on the wire.
    package var bigEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0)) }
    }

    /// The number in this machine's byte order, as in the kernel's structures.
    var nativeBytes: [UInt8] { Array(littleEndian.bigEndianBytes.reversed()) }

    /// Reads a number from bytes with the most significant byte first.
    package init(bigEndian bytes: ArraySlice<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}
