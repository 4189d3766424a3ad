public import Addresses
internal import CNetlink

/// Iterates over a sequence of attributes (`nlattr`). Each has a length, a type, a value and padding to four bytes.
///
/// Safe on any input and bounded, like ``MessageReader``. Attributes of unknown type are returned too; the caller skips
/// them.
public struct AttributeReader: ~Escapable {
    private var rest: Span<UInt8>
    /// Whether the reader found a length that does not fit. The attributes before it are valid.
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

/// One attribute, borrowed like its message. The accessors return nil if the value is too short.
public struct AttributeView: ~Escapable {
    /// nla_type without its two flag bits, which not all kernels use in the same way.
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

    /// A MAC address: exactly six bytes.
    public var macAddress: MACAddress? {
        value.count == 6 ? MACAddress(value[0], value[1], value[2], value[3], value[4], value[5]) : nil
    }

    /// The text up to the terminating zero byte. Nil if it is not UTF-8: the kernel allows any bytes in an interface
    /// name.
    public var text: String? {
        var byteCount = 0
        while byteCount < value.count, value[byteCount] != 0 { byteCount &+= 1 }
        guard let text = try? UTF8Span(validating: value.extracting(first: byteCount)) else { return nil }
        return String(copying: text)
    }
}
