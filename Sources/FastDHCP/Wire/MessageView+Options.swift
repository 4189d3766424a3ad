public import Addresses

// The options that decisions depend on: each is found at parse time, so that these are O(1). An option of a fixed length that has
// another length is absent.
extension MessageView {
    /// RFC 2132 section 9.1.
    @inline(__always)
    public var requestedIPAddress: IPv4Address? {
        uint32(of: .requestedIPAddress, at: index.requestedIPAddress).map(IPv4Address.init(rawValue:))
    }

    /// RFC 2132 section 9.7. 0.0.0.0 occurs.
    @inline(__always)
    public var serverIdentifier: IPv4Address? {
        uint32(of: .serverIdentifier, at: index.serverIdentifier).map(IPv4Address.init(rawValue:))
    }

    /// In seconds, 0xffffffff for infinity. RFC 2132 section 9.2.
    @inline(__always)
    public var ipAddressLeaseTime: UInt32? { uint32(of: .ipAddressLeaseTime, at: index.ipAddressLeaseTime) }

    /// The longest IP datagram that the client takes, at least 576 octets. RFC 2132 section 9.10.
    @inline(__always)
    public var maximumMessageSize: UInt16? {
        let location = index.maximumDHCPMessageSize
        guard location.byteCount == 2 else { return nil }
        let value = OptionValue(of: .maximumDHCPMessageSize, at: location, in: frame)
        return max(UInt16(value[0]) << 8 | UInt16(value[1]), MessageSize.minimumLimit)
    }

    /// RFC 4039 section 4.
    @inline(__always)
    public var hasRapidCommit: Bool { index.rapidCommit.isPresent && index.rapidCommit.byteCount == 0 }

    /// The option codes that the client asks for, in the order of its preference. RFC 2132 section 9.8.
    @inline(__always)
    public var parameterRequestList: OptionValue? {
        @_lifetime(copy self) get { value(of: .parameterRequestList, at: index.parameterRequestList, minimum: 1) }
    }

    /// At least two octets. RFC 2132 section 9.14.
    @inline(__always)
    public var clientIdentifier: OptionValue? {
        @_lifetime(copy self) get { value(of: .clientIdentifier, at: index.clientIdentifier, minimum: 2) }
    }

    /// RFC 3046 section 2.0.
    @inline(__always)
    public var relayAgentInformation: OptionValue? {
        @_lifetime(copy self) get { value(of: .relayAgentInformation, at: index.relayAgentInformation, minimum: 1) }
    }

    /// Raw octets, of any sort. RFC 2132 section 3.14.
    @inline(__always)
    public var hostName: OptionValue? {
        @_lifetime(copy self) get { value(of: .hostName, at: index.hostName, minimum: 1) }
    }

    /// Any option, found by walking over the message; absent when its joined value is longer than 255 octets.
    @_lifetime(copy self)
    public func option(_ code: OptionCode) -> OptionValue? {
        var location = OptionLocation()
        var walk = OptionWalk(messageEnd: frame.count)
        while let piece = walk.next(in: frame) {
            if piece.code == code { location.join(piece) }
        }
        return value(of: code, at: location, minimum: 0)
    }

    @inline(__always)
    @_lifetime(copy self)
    private func value(of code: OptionCode, at location: OptionLocation, minimum: Int) -> OptionValue? {
        guard location.isPresent, (minimum...OptionValue.maximumByteCount).contains(location.byteCount) else { return nil }
        return OptionValue(of: code, at: location, in: frame)
    }

    @inline(__always)
    private func uint32(of code: OptionCode, at location: OptionLocation) -> UInt32? {
        guard location.byteCount == 4 else { return nil }
        if location.isWhole { return frame.uint32(at: location.byteOffset) }
        let value = OptionValue(of: code, at: location, in: frame)
        return UInt32(value[0]) << 24 | UInt32(value[1]) << 16 | UInt32(value[2]) << 8 | UInt32(value[3])
    }
}
