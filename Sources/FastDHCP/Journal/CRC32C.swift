/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of what the journal holds.
///
/// A value, not a global: a table that is made at first use would cost a check at every use.
public struct CRC32C: Sendable {
    private let table: [UInt32]

    public init() {
        table = (0..<256 as Range<UInt32>).map { octet in
            (0..<8).reduce(octet) { remainder, _ in remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0x82F6_3B78) }
        }
    }

    public func checksum(of octets: Span<UInt8>) -> UInt32 { ~remainder(Self.start, of: octets) }

    /// What the remainder is before the first octet.
    static let start = UInt32.max

    /// The remainder when further octets follow; all its bits inverted are the checksum of all so far.
    func remainder(_ remainder: UInt32, of octets: Span<UInt8>) -> UInt32 {
        var remainder = remainder
        for index in octets.indices {
            remainder = remainder >> 8 ^ table[Int(UInt8(truncatingIfNeeded: remainder) ^ octets[index])]
        }
        return remainder
    }
}
