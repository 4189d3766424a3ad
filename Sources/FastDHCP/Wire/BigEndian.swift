import Addresses
import LinuxSystem

// Numbers in network byte order.
//
// In this folder, internal functions that must be inlined are marked `@inline(always)`. Public ones have the weaker
// `@inline(__always)`: the stronger attribute would publish their bodies.

extension Span<UInt8> {
    @inline(always)
    func uint16(at offset: Int) -> UInt16 { load(at: offset) }

    @inline(always)
    func uint32(at offset: Int) -> UInt32 { load(at: offset) }

    @inline(always)
    func uint64(at offset: Int) -> UInt64 { load(at: offset) }

    @inline(always)
    func ipv4Address(at offset: Int) -> IPv4Address { IPv4Address(rawValue: uint32(at: offset)) }

    /// Reads the address with one load of eight bytes, so the span must hold at least two more bytes behind it.
    @inline(always)
    func macAddress(at offset: Int) -> MACAddress { MACAddress(rawValue: uint64(at: offset) >> 16) }

    /// The `byteCount` bytes (0 to 8) that start at `offset`, in the most significant bytes of a word. The rest of the
    /// word is zero.
    @inline(always)
    func word(at offset: Int, byteCount: Int) -> UInt64 {
        let rest = extracting(droppingFirst: offset)
        if rest.count >= 8 { return rest.uint64(at: 0).prefix(byteCount) }
        var word: UInt64 = 0
        for index in 0..<byteCount { word |= UInt64(rest[index]) << UInt64(56 &- 8 &* index) }
        return word
    }
}

extension UInt64 {
    /// The `byteCount` most significant bytes (0 to 8). The others become zero.
    @inline(always)
    func prefix(_ byteCount: Int) -> UInt64 {
        // Two shifts of at most 32 bits each, because a shift by 64 would count as a shift by 0.
        let half = UInt64(truncatingIfNeeded: 4 &* byteCount)
        return self & ~((UInt64.max &>> half) &>> half)
    }
}

extension MutableSpan<UInt8> {
    @inline(always)
    @_lifetime(self: copy self)
    mutating func store(_ value: IPv4Address, at offset: Int) { store(value.rawValue, at: offset) }

    @inline(always)
    @_lifetime(self: copy self)
    mutating func store(_ value: MACAddress, at offset: Int) {
        store(UInt16(truncatingIfNeeded: value.rawValue >> 32), at: offset)
        store(UInt32(truncatingIfNeeded: value.rawValue), at: offset &+ 2)
    }
}
