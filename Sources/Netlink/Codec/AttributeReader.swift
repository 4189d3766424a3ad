public import Addresses
internal import CNetlink

/// Walks a run of attributes (`nlattr`): a length, a type, a value, padding to four bytes.
///
/// Total and bounded, like ``MessageReader``. Attributes of unknown type come out like all others, for the
/// caller to skip.
public struct AttributeReader: ~Escapable {
    private var rest: Span<UInt8>
    /// Whether the walk met a length that does not fit. What was read before it is sound.
    public private(set) var isMalformed = false

    private static var headerByteCount: Int { 4 }

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) { rest = bytes }

    /// The next attribute, or nil at the end or at the first malformed one.
    @_lifetime(copy self)
    public mutating func next() -> AttributeView? {
        guard !rest.isEmpty else { return nil }
        let byteCount = rest.count >= Self.headerByteCount ? Int(rest.number16(at: 0)) : 0
        guard byteCount >= Self.headerByteCount, byteCount <= rest.count else {
            isMalformed = true
            rest = rest.extracting(first: 0)
            return nil
        }
        let type = rest.number16(at: 2) & ~UInt16(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
        let value = rest.extracting(Self.headerByteCount..<byteCount)
        rest = rest.extracting(droppingFirst: min(aligned(byteCount), rest.count))
        return AttributeView(type: type, value: value)
    }
}

/// One attribute, borrowed like its message. A value that is shorter than asked for reads as absent.
public struct AttributeView: ~Escapable {
    /// nla_type without the two flag bits, whose use differs from kernel to kernel.
    public let type: UInt16
    public let value: Span<UInt8>

    @_lifetime(copy value)
    init(type: UInt16, value: Span<UInt8>) {
        self.type = type
        self.value = value
    }

    /// The attributes nested in this one.
    public var attributes: AttributeReader {
        @_lifetime(copy self)
        get { AttributeReader(value) }
    }

    public var number8: UInt8? { value.isEmpty ? nil : value[0] }
    public var number16: UInt16? { value.count >= 2 ? value.number16(at: 0) : nil }
    public var number32: UInt32? { value.count >= 4 ? value.number32(at: 0) : nil }

    /// An IPv4 address: exactly four bytes, in network order.
    public var ipv4Address: IPv4Address? {
        value.count == 4 ? IPv4Address(value[0], value[1], value[2], value[3]) : nil
    }

    /// An Ethernet address: exactly six bytes.
    public var macAddress: MACAddress? {
        value.count == 6 ? MACAddress(value[0], value[1], value[2], value[3], value[4], value[5]) : nil
    }

    /// Text up to its terminating zero. Nil if it is not UTF-8; the kernel lets interface names be any bytes.
    public var text: String? {
        var byteCount = 0
        while byteCount < value.count, value[byteCount] != 0 { byteCount &+= 1 }
        guard let text = try? UTF8Span(validating: value.extracting(first: byteCount)) else { return nil }
        return String(copying: text)
    }
}
