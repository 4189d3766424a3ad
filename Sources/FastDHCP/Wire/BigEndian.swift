import Addresses

// Numbers in network byte order, octet by octet: where the length has been checked before, each compiles to
// one load or store.
//
// In this folder, `@inline(always)` is for what must not remain a call; public declarations have the weaker
// `@inline(__always)`, since the stronger would publish their bodies.

extension Span<UInt8> {
    @inline(always)
    func uint16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset &+ 1])
    }

    @inline(always)
    func uint32(at offset: Int) -> UInt32 {
        let high = UInt32(self[offset]) << 24 | UInt32(self[offset &+ 1]) << 16
        return high | UInt32(self[offset &+ 2]) << 8 | UInt32(self[offset &+ 3])
    }

    @inline(always)
    func ipv4Address(at offset: Int) -> IPv4Address { IPv4Address(rawValue: uint32(at: offset)) }

    @inline(always)
    func macAddress(at offset: Int) -> MACAddress {
        MACAddress(rawValue: UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset &+ 2)))
    }

    @inline(always)
    func uint64(at offset: Int) -> UInt64 {
        // One tree of octets, not two halves: only so the compiler sees the single load that it is.
        let first = UInt64(self[offset]) << 56 | UInt64(self[offset &+ 1]) << 48
        let second = UInt64(self[offset &+ 2]) << 40 | UInt64(self[offset &+ 3]) << 32
        let third = UInt64(self[offset &+ 4]) << 24 | UInt64(self[offset &+ 5]) << 16
        let fourth = UInt64(self[offset &+ 6]) << 8 | UInt64(self[offset &+ 7])
        return first | second | third | fourth
    }

    /// The `byteCount` octets (0 to 8) from `offset` on at the top of a word, with zeros below.
    @inline(always)
    func word(at offset: Int, byteCount: Int) -> UInt64 {
        let rest = extracting(droppingFirst: offset)
        if rest.count >= 8 { return rest.uint64(at: 0) & ~(UInt64.max >> UInt64(8 &* byteCount)) }
        var word: UInt64 = 0
        for index in 0..<byteCount { word |= UInt64(rest[index]) << UInt64(56 &- 8 &* index) }
        return word
    }
}

extension MutableSpan<UInt8> {
    @inline(always)
    @_lifetime(self: copy self)
    mutating func store(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset &+ 1] = UInt8(truncatingIfNeeded: value)
    }

    @inline(always)
    @_lifetime(self: copy self)
    mutating func store(_ value: UInt32, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 24)
        self[offset &+ 1] = UInt8(truncatingIfNeeded: value >> 16)
        self[offset &+ 2] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset &+ 3] = UInt8(truncatingIfNeeded: value)
    }

    @inline(always)
    @_lifetime(self: copy self)
    mutating func store(_ value: UInt64, at offset: Int) {
        for index in 0..<8 {
            self[offset &+ index] = UInt8(truncatingIfNeeded: value >> UInt64(56 &- 8 &* index))
        }
    }

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
