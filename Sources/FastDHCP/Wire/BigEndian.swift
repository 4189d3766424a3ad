import Addresses
import LinuxSystem

// Numbers in network byte order.
//
// In this folder, `@inline(always)` is for what must not remain a call; public declarations have the weaker
// `@inline(__always)`, since the stronger would publish their bodies.

extension Span<UInt8> {
    @inline(always)
    func uint16(at offset: Int) -> UInt16 { load(at: offset) }

    @inline(always)
    func uint32(at offset: Int) -> UInt32 { load(at: offset) }

    @inline(always)
    func uint64(at offset: Int) -> UInt64 { load(at: offset) }

    @inline(always)
    func ipv4Address(at offset: Int) -> IPv4Address { IPv4Address(rawValue: uint32(at: offset)) }

    /// Two bytes must follow the address: then it is one load.
    @inline(always)
    func macAddress(at offset: Int) -> MACAddress { MACAddress(rawValue: uint64(at: offset) >> 16) }

    /// The `byteCount` bytes (0 to 8) from `offset` on at the top of a word, with zeros below.
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
    /// The first `byteCount` bytes (0 to 8), with zeros behind.
    @inline(always)
    func prefix(_ byteCount: Int) -> UInt64 {
        // In two steps, each of less than a word's width.
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
