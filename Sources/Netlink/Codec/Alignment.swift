/// Alignment and byte order in netlink: messages and attributes start on multiples of four bytes. Numbers are in the
/// machine's byte order, addresses in network byte order.

/// `count` rounded up to the multiple of four on which the next message or attribute starts (NLMSG_ALIGN,
/// NLA_ALIGN).
@inline(__always)
func aligned(_ count: Int) -> Int { (count &+ 3) & ~3 }

extension Span<UInt8> {
    /// The 16-bit number at `offset` in the machine's byte order.
    /// - Precondition: the span has two bytes at `offset`. The caller checks the length once for all its fields.
    @inline(__always)
    func number16(at offset: Int) -> UInt16 {
        UInt16(littleEndian: UInt16(self[offset]) | UInt16(self[offset &+ 1]) << 8)
    }

    /// The 32-bit number at `offset` in the machine's byte order.
    /// - Precondition: the span has four bytes at `offset`.
    @inline(__always)
    func number32(at offset: Int) -> UInt32 {
        let low = UInt32(self[offset]) | UInt32(self[offset &+ 1]) << 8
        let high = UInt32(self[offset &+ 2]) | UInt32(self[offset &+ 3]) << 8
        return UInt32(littleEndian: low | high << 16)
    }
}
