/// The one's complement sum of IPv4 and UDP (RFC 1071).
///
/// It counts modulo 65535, where 2^16 equals 1. So a number of any width can be added as a whole, and the carries are
/// folded in at the end.
struct InternetChecksum {
    private var sum: UInt64 = 0

    /// Adds eight bytes, the first most significant. The first byte must be at an even offset.
    @inline(always)
    mutating func add(_ word: UInt64) {
        let (partialSum, hasCarry) = sum.addingReportingOverflow(word)
        sum = partialSum &+ (hasCarry ? 1 : 0)
    }

    /// Adds the sum that `other` has counted.
    @inline(always)
    mutating func add(_ other: InternetChecksum) { add(other.sum) }

    /// Adds eight bytes that may start at an odd offset. There the word is rotated by one byte.
    @inline(always)
    mutating func add(_ word: UInt64, at offset: Int) {
        add(offset & 1 == 0 ? word : word << 56 | word >> 8)
    }

    @inline(always)
    mutating func add(_ number: UInt16) { add(UInt64(number)) }

    /// Adds a range of bytes. The first byte must be at an even offset.
    @inline(always)
    mutating func add(_ bytes: Span<UInt8>) {
        var rest = bytes
        while rest.count >= 8 {
            add(rest.uint64(at: 0))
            rest = rest.extracting(droppingFirst: 8)
        }
        add(rest.word(at: 0, byteCount: rest.count))
    }

    /// The sum in 16 bits. It is 0xffff over a datagram with a correct checksum.
    var folded: UInt16 {
        @inline(always) get {
            // Add the number to itself with its halves exchanged: the upper half is then the sum of both halves, with
            // the carry.
            let half = UInt32(truncatingIfNeeded: (sum &+ (sum << 32 | sum >> 32)) >> 32)
            return UInt16(truncatingIfNeeded: (half &+ (half << 16 | half >> 16)) >> 16)
        }
    }

    /// The value that makes the sum 0xffff when it is put in the checksum field. The field must have counted as 0.
    var complement: UInt16 {
        @inline(always) get { ~folded }
    }
}
