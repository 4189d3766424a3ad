public import Addresses
internal import CNetlink

/// One IPv4 address of an interface: the `ifaddrmsg` of RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR with its
/// attributes.
public struct AddressMessage: Hashable, Sendable {
    /// ifa_index.
    public var interfaceIndex: UInt32
    /// The interface's own address (IFA_LOCAL).
    public var address: IPv4Address
    /// 0 to 32 (ifa_prefixlen).
    public var prefixLength: Int
    /// The peer's address on a point-to-point link (IFA_ADDRESS); on other links the same as ``address``.
    public var peer: IPv4Address
    /// IFA_BROADCAST.
    public var broadcast: IPv4Address?
    /// IFA_LABEL: the interface's name, possibly with a colon and a suffix.
    public var label: String?
    /// ifa_scope.
    public var scope: RouteScope
    /// IFA_FLAGS (IFA_F_*).
    public var flags: UInt32

    /// The network that the address belongs to, by its prefix length.
    public var network: IPv4Network { IPv4Network(containing: address, prefixLength: prefixLength) }

    public init(
        interfaceIndex: UInt32, address: IPv4Address, prefixLength: Int, peer: IPv4Address? = nil,
        broadcast: IPv4Address? = nil, label: String? = nil, scope: RouteScope = .universe, flags: UInt32 = 0
    ) {
        self.interfaceIndex = interfaceIndex
        self.address = address
        self.prefixLength = prefixLength
        self.peer = peer ?? address
        self.broadcast = broadcast
        self.label = label
        self.scope = scope
        self.flags = flags
    }
}

extension AddressMessage: MessageBody {
    public func write(to buffer: inout MessageBuffer) {
        buffer.put(UInt8(truncatingIfNeeded: AF_INET))
        buffer.put(UInt8(truncatingIfNeeded: prefixLength))
        buffer.put(UInt8(truncatingIfNeeded: flags))
        buffer.put(scope.rawValue)
        buffer.put(interfaceIndex)
        buffer.put(attribute: Attribute.local, address)
        buffer.put(attribute: Attribute.peer, peer)
        if let broadcast { buffer.put(attribute: Attribute.broadcast, broadcast) }
        if let label { buffer.put(attribute: Attribute.label, label) }
        if flags > UInt32(UInt8.max) { buffer.put(attribute: Attribute.flags, flags) }
    }
}

extension AddressMessage: ReplyBody {
    private static let fixedByteCount = 8

    public init?(_ message: borrowing NetlinkMessageView) {
        let bytes = message.payload
        guard message.header.type.isAddress, bytes.count >= Self.fixedByteCount,
            bytes[0] == UInt8(truncatingIfNeeded: AF_INET), bytes[1] <= 32
        else { return nil }

        var local: IPv4Address?
        var peer: IPv4Address?
        var broadcast: IPv4Address?
        var label: String?
        var flags = UInt32(bytes[2])
        var attributes = message.attributes(after: Self.fixedByteCount)
        while let attribute = attributes.next() {
            switch attribute.type {
            case Attribute.local: local = attribute.ipv4Address
            case Attribute.peer: peer = attribute.ipv4Address
            case Attribute.broadcast: broadcast = attribute.ipv4Address
            case Attribute.label: label = attribute.text
            case Attribute.flags: flags = attribute.number32 ?? flags
            default: continue
            }
        }
        guard !attributes.isMalformed, let address = local ?? peer else { return nil }
        self.init(
            interfaceIndex: bytes.number32(at: 4), address: address, prefixLength: Int(bytes[1]), peer: peer,
            broadcast: broadcast, label: label, scope: RouteScope(rawValue: bytes[3]), flags: flags)
    }

    private enum Attribute {
        static let peer = UInt16(IFA_ADDRESS)
        static let local = UInt16(IFA_LOCAL)
        static let label = UInt16(IFA_LABEL)
        static let broadcast = UInt16(IFA_BROADCAST)
        static let flags = UInt16(IFA_FLAGS)
    }
}
