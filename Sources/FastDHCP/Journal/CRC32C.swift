/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of the journal's records and headers.
///
/// Processes eight bytes at a time with lookup tables, because the journal of a full host is read in one go when the
/// server starts. A value, not a global: tables that are built on first use would cost a check on every use.
public struct CRC32C: Sendable {
    private static let groupSize = 8
    /// At `256 * distance + byte`: what a byte contributes to the remainder when `distance` more bytes follow it in its
    /// group.
    private let tables: [UInt32]

    public init() {
        var tables = (0..<256 as Range<UInt32>).map { byte in
            (0..<8).reduce(byte) { remainder, _ in remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0x82F6_3B78) }
        }
        for index in 0..<256 * (Self.groupSize - 1) {
            tables.append(tables[index] >> 8 ^ tables[Int(tables[index] & 0xFF)])
        }
        self.tables = tables
    }

    public func checksum(of bytes: Span<UInt8>) -> UInt32 { ~remainder(Self.start, of: bytes) }

    /// The remainder before the first byte.
    static let start = UInt32.max

    /// The remainder after `bytes`. The checksum of all bytes so far is this value with all bits inverted.
    func remainder(_ remainder: UInt32, of bytes: Span<UInt8>) -> UInt32 {
        var remainder = remainder
        let groupsEnd = bytes.count - bytes.count % Self.groupSize
        for start in stride(from: 0, to: groupsEnd, by: Self.groupSize) {
            let first = Self.word(bytes, at: start) ^ remainder
            let second = Self.word(bytes, at: start + 4)
            remainder = contribution(of: first, followedBy: 4) ^ contribution(of: second, followedBy: 0)
        }
        for index in groupsEnd..<bytes.count {
            remainder = remainder >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: remainder) ^ bytes[index])]
        }
        return remainder
    }

    /// Four bytes as a number, least significant byte first. This matches the bit order of the remainder.
    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, at start: Int) -> UInt32 {
        UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]) << 16
            | UInt32(bytes[start + 3]) << 24
    }

    /// What a word contributes to the remainder when `count` more bytes follow it in its group.
    @inline(__always)
    private func contribution(of word: UInt32, followedBy count: Int) -> UInt32 {
        tables[256 * (count + 3) + Int(word & 0xFF)] ^ tables[256 * (count + 2) + Int(word >> 8 & 0xFF)]
            ^ tables[256 * (count + 1) + Int(word >> 16 & 0xFF)] ^ tables[256 * count + Int(word >> 24)]
    }
}
