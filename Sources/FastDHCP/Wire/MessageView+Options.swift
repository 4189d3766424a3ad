public import Addresses

// Options whose locations ``OptionIndex`` finds at parse time, so these getters are O(1). An option of fixed length
// that arrives with another length counts as absent.
extension MessageView {
    /// RFC 2132 section 9.1.
    @inline(__always)
    public var requestedIPAddress: IPv4Address? {
        uint32(of: .requestedIPAddress).map(IPv4Address.init(rawValue:))
    }

    /// RFC 2132 section 9.7. Some clients send 0.0.0.0.
    @inline(__always)
    public var serverIdentifier: IPv4Address? {
        uint32(of: .serverIdentifier).map(IPv4Address.init(rawValue:))
    }

    /// In seconds. 0xffffffff means infinity. RFC 2132 section 9.2.
    @inline(__always)
    public var ipAddressLeaseTime: UInt32? { uint32(of: .ipAddressLeaseTime) }

    /// The longest IP datagram that the client accepts, at least 576 bytes. RFC 2132 section 9.10.
    @inline(__always)
    public var maximumMessageSize: UInt16? {
        guard let value = value(of: .maximumDHCPMessageSize) else { return nil }
        return max(UInt16(truncatingIfNeeded: value.word(at: 0) >> 48), MessageSize.minimumLimit)
    }

    /// RFC 4039 section 4.
    @inline(__always)
    public var hasRapidCommit: Bool { value(of: .rapidCommit) != nil }

    /// The option codes that the client asks for, in order of preference. RFC 2132 section 9.8.
    @inline(__always)
    public var parameterRequestList: OptionValue? {
        @_lifetime(copy self) get { value(of: .parameterRequestList) }
    }

    /// At least two bytes. RFC 2132 section 9.14.
    @inline(__always)
    public var clientIdentifier: OptionValue? {
        @_lifetime(copy self) get { value(of: .clientIdentifier) }
    }

    /// RFC 3046 section 2.0.
    @inline(__always)
    public var relayAgentInformation: OptionValue? {
        @_lifetime(copy self) get { value(of: .relayAgentInformation) }
    }

    /// The architectures that the client's firmware runs on, two bytes each. RFC 4578 section 2.1.
    @inline(__always)
    public var clientSystemArchitecture: OptionValue? {
        @_lifetime(copy self) get { value(of: .clientSystemArchitecture) }
    }

    /// Raw bytes, which may be anything. RFC 2132 section 3.14.
    @inline(__always)
    public var hostName: OptionValue? {
        @_lifetime(copy self) get { value(of: .hostName) }
    }

    /// Any option, found by walking through the message. Nil when it is absent, when its length is not valid for its
    /// type, or when its joined value exceeds 255 bytes.
    @_lifetime(copy self)
    public func option(_ code: OptionCode) -> OptionValue? {
        var location = OptionLocation()
        OptionWalk(over: frame).forEach { piece in
            if piece.code == code { location.join(piece) }
        }
        return value(of: code, at: location)
    }

    @inline(always)
    @_lifetime(copy self)
    private func value(of code: OptionCode) -> OptionValue? { value(of: code, at: index[code]) }

    @inline(always)
    @_lifetime(copy self)
    private func value(of code: OptionCode, at location: OptionLocation) -> OptionValue? {
        guard location.isPresent, location.byteCount <= OptionValue.maximumByteCount,
            code.shape.allows(location.byteCount)
        else { return nil }
        return OptionValue(of: code, at: location, in: frame)
    }

    @inline(always)
    private func uint32(of code: OptionCode) -> UInt32? {
        guard let value = value(of: code) else { return nil }
        return UInt32(truncatingIfNeeded: value.word(at: 0) >> 32)
    }
}
