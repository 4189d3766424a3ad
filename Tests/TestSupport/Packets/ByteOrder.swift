/// Numbers as bytes, in the order of the network and of this machine.
extension FixedWidthInteger {
    /// The number most significant byte first, as it stands on the wire.
    package var bigEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0)) }
    }

    /// The number in this machine's byte order, as the kernel's structures have it.
    var nativeBytes: [UInt8] { Array(littleEndian.bigEndianBytes.reversed()) }

    /// Reads a number whose most significant byte comes first.
    package init(bigEndian bytes: ArraySlice<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | Self($1) }
    }
}
