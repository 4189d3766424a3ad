/// The one's complement sum of IPv4 and UDP (RFC 1071).
///
/// It counts modulo 65535, where 2^16 is 1: so a number of any width may be added whole, and carries folded
/// at the end.
struct InternetChecksum {
    private var sum: UInt64 = 0

    /// Adds eight bytes, the first most significant, of which the first stands at an even place.
    @inline(always)
    mutating func add(_ word: UInt64) {
        let (partialSum, hasCarry) = sum.addingReportingOverflow(word)
        sum = partialSum &+ (hasCarry ? 1 : 0)
    }

    /// Adds what another sum has counted.
    @inline(always)
    mutating func add(_ other: InternetChecksum) { add(other.sum) }

    /// Adds eight bytes that may stand at an odd place: to move bytes by one place is to rotate them.
    @inline(always)
    mutating func add(_ word: UInt64, at offset: Int) {
        add(offset & 1 == 0 ? word : word << 56 | word >> 8)
    }

    @inline(always)
    mutating func add(_ number: UInt16) { add(UInt64(number)) }

    /// Adds a range of bytes, of which the first stands at an even place.
    @inline(always)
    mutating func add(_ bytes: Span<UInt8>) {
        var rest = bytes
        while rest.count >= 8 {
            add(rest.uint64(at: 0))
            rest = rest.extracting(droppingFirst: 8)
        }
        add(rest.word(at: 0, byteCount: rest.count))
    }

    /// The sum in 16 bits: 0xffff over a datagram whose checksum is right.
    var folded: UInt16 {
        @inline(always) get {
            // A number plus itself with its halves exchanged has in its upper half the sum of both, with the carry.
            let half = UInt32(truncatingIfNeeded: (sum &+ (sum << 32 | sum >> 32)) >> 32)
            return UInt16(truncatingIfNeeded: (half &+ (half << 16 | half >> 16)) >> 16)
        }
    }

    /// What the checksum field, counted as 0, must hold so that the sum becomes 0xffff.
    var complement: UInt16 {
        @inline(always) get { ~folded }
    }
}
