import Addresses

// Numbers in network byte order, octet by octet: where the length has been checked before, each compiles to one load or store.

extension Span<UInt8> {
    @inline(__always)
    func uint16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset &+ 1])
    }

    @inline(__always)
    func uint32(at offset: Int) -> UInt32 {
        let high = UInt32(self[offset]) << 24 | UInt32(self[offset &+ 1]) << 16
        return high | UInt32(self[offset &+ 2]) << 8 | UInt32(self[offset &+ 3])
    }

    @inline(__always)
    func ipv4Address(at offset: Int) -> IPv4Address { IPv4Address(rawValue: uint32(at: offset)) }

    @inline(__always)
    func macAddress(at offset: Int) -> MACAddress {
        MACAddress(rawValue: UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset &+ 2)))
    }

    @inline(__always)
    func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset &+ 4))
    }

    /// The `byteCount` octets (0 to 8) from `offset` on at the top of a word, with zeros below.
    @inline(__always)
    func word(at offset: Int, byteCount: Int) -> UInt64 {
        let rest = extracting(droppingFirst: offset)
        if rest.count >= 8 { return rest.uint64(at: 0) & ~(UInt64.max >> UInt64(8 &* byteCount)) }
        var word: UInt64 = 0
        for index in 0..<byteCount { word |= UInt64(rest[index]) << UInt64(56 &- 8 &* index) }
        return word
    }
}

extension MutableSpan<UInt8> {
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func store(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset &+ 1] = UInt8(truncatingIfNeeded: value)
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func store(_ value: UInt32, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 24)
        self[offset &+ 1] = UInt8(truncatingIfNeeded: value >> 16)
        self[offset &+ 2] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset &+ 3] = UInt8(truncatingIfNeeded: value)
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func store(_ value: UInt64, at offset: Int) {
        store(UInt32(truncatingIfNeeded: value >> 32), at: offset)
        store(UInt32(truncatingIfNeeded: value), at: offset &+ 4)
    }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func store(_ value: IPv4Address, at offset: Int) { store(value.rawValue, at: offset) }

    @inline(__always)
    @_lifetime(self: copy self)
    mutating func store(_ value: MACAddress, at offset: Int) {
        store(UInt16(truncatingIfNeeded: value.rawValue >> 32), at: offset)
        store(UInt32(truncatingIfNeeded: value.rawValue), at: offset &+ 2)
    }
}
