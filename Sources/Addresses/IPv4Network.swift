/// An IPv4 network in CIDR form, such as 172.20.100.0/24. Its address never has host bits set.
public struct IPv4Network: Hashable, BitwiseCopyable, Sendable {
    /// The network's first address: all host bits are zero.
    public let address: IPv4Address
    /// The number of leading bits that all its addresses share, 0 to 32.
    public let prefixLength: Int

    /// The network of that prefix length that contains `address`.
    /// - Precondition: `prefixLength` is 0 to 32.
    public init(containing address: IPv4Address, prefixLength: Int) {
        precondition((0...32).contains(prefixLength), "an IPv4 prefix has 0 to 32 bits")
        self.prefixLength = prefixLength
        self.address = IPv4Address(rawValue: address.rawValue & Self.mask(prefixLength))
    }

    public var netmask: IPv4Address { IPv4Address(rawValue: Self.mask(prefixLength)) }

    /// The network's last address: all host bits are one.
    public var broadcastAddress: IPv4Address { IPv4Address(rawValue: address.rawValue | ~Self.mask(prefixLength)) }

    @inlinable @inline(__always)
    public func contains(_ candidate: IPv4Address) -> Bool {
        candidate.rawValue & Self.mask(prefixLength) == address.rawValue
    }

    /// Whether any address lies in both networks.
    public func overlaps(_ other: IPv4Network) -> Bool {
        contains(other.address) || other.contains(address)
    }

    /// The addresses that a host may have: all except the first and the last, or all addresses of a /31 or a /32 (RFC
    /// 3021).
    public var hosts: some RandomAccessCollection<IPv4Address> & Sendable {
        let inset: UInt64 = prefixLength < 31 ? 1 : 0
        let range = UInt64(address.rawValue) + inset..<UInt64(broadcastAddress.rawValue) + 1 - inset
        return HostAddresses(range: range)
    }

    @inlinable @inline(__always)
    static func mask(_ prefixLength: Int) -> UInt32 { UInt32.max << UInt32(32 - prefixLength) }
}

/// A range of consecutive addresses.
struct HostAddresses: RandomAccessCollection, Sendable {
    let range: Range<UInt64>
    var startIndex: Int { 0 }
    var endIndex: Int { range.count }
    subscript(position: Int) -> IPv4Address {
        precondition(indices.contains(position), "no such host address")
        return IPv4Address(rawValue: UInt32(range.lowerBound + UInt64(position)))
    }
}

extension IPv4Network: LosslessStringConvertible {
    /// Parses `address/prefix`. Host bits must be zero, because 10.0.0.5/24 is more likely a mistake than intended.
    public init?(_ text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/"),
            let address = IPv4Address(text[..<slash]),
            let prefixLength = UInt8(decimal: text[text.index(after: slash)...].utf8), prefixLength <= 32
        else { return nil }
        self.init(containing: address, prefixLength: Int(prefixLength))
        guard self.address == address else { return nil }
    }

    public var description: String { "\(address)/\(prefixLength)" }
}

extension IPv4Network: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, as: "network") }
    public func encode(to encoder: any Encoder) throws { try encodeText(self, to: encoder) }
}
