public import Addresses
internal import CNetlink

/// One IPv4 route: the `rtmsg` of RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE with its attributes.
///
/// A route over several next hops (RTA_MULTIPATH) has no ``interfaceIndex`` and no ``gateway`` here.
public struct RouteMessage: Hashable, Sendable {
    /// The destination network; /32 for a host route (rtm_dst_len, RTA_DST).
    public var destination: IPv4Network
    /// RTA_OIF.
    public var interfaceIndex: UInt32?
    /// RTA_GATEWAY.
    public var gateway: IPv4Address?
    /// RTA_PREFSRC.
    public var preferredSource: IPv4Address?
    /// The metric (RTA_PRIORITY); nil means 0. Routes that differ only in their metric can coexist.
    public var priority: UInt32?
    /// rtm_table, RTA_TABLE.
    public var table: RouteTable
    /// Who created the route (rtm_protocol). A delete request with ``RouteProtocol/unspecified`` removes the route
    /// whoever created it.
    public var routeProtocol: RouteProtocol
    /// rtm_scope.
    public var scope: RouteScope
    /// rtm_type.
    public var type: RouteType
    /// rtm_tos.
    public var tos: UInt8
    /// rtm_flags with the next hop's flags (RTM_F_*, RTNH_F_*).
    public var flags: RouteFlags

    public init(
        destination: IPv4Network, interfaceIndex: UInt32? = nil, gateway: IPv4Address? = nil,
        preferredSource: IPv4Address? = nil, priority: UInt32? = nil, table: RouteTable = .main,
        routeProtocol: RouteProtocol = .boot, scope: RouteScope = .universe, type: RouteType = .unicast,
        tos: UInt8 = 0, flags: RouteFlags = []
    ) {
        self.destination = destination
        self.interfaceIndex = interfaceIndex
        self.gateway = gateway
        self.preferredSource = preferredSource
        self.priority = priority
        self.table = table
        self.routeProtocol = routeProtocol
        self.scope = scope
        self.type = type
        self.tos = tos
        self.flags = flags
    }
}

extension RouteMessage: MessageBody {
    public func write(to buffer: inout MessageBuffer) {
        buffer.put(UInt8(truncatingIfNeeded: AF_INET))
        buffer.put(UInt8(truncatingIfNeeded: destination.prefixLength))
        buffer.put(UInt8(0))
        buffer.put(tos)
        // A table number above 255 fits only into the attribute.
        buffer.put(UInt8(exactly: table.rawValue) ?? UInt8(RT_TABLE_COMPAT.rawValue))
        buffer.put(routeProtocol.rawValue)
        buffer.put(scope.rawValue)
        buffer.put(type.rawValue)
        buffer.put(flags.rawValue)
        buffer.put(attribute: Attribute.destination, destination.address)
        if let interfaceIndex { buffer.put(attribute: Attribute.interfaceIndex, interfaceIndex) }
        if let gateway { buffer.put(attribute: Attribute.gateway, gateway) }
        if let preferredSource { buffer.put(attribute: Attribute.preferredSource, preferredSource) }
        if let priority { buffer.put(attribute: Attribute.priority, priority) }
        if UInt8(exactly: table.rawValue) == nil { buffer.put(attribute: Attribute.table, table.rawValue) }
    }
}

extension RouteMessage: ReplyBody {
    private static let fixedByteCount = 12

    public init?(_ message: borrowing NetlinkMessageView) {
        let bytes = message.payload
        guard message.header.type.isRoute, bytes.count >= Self.fixedByteCount,
            bytes[0] == UInt8(truncatingIfNeeded: AF_INET), bytes[1] <= 32
        else { return nil }
        self.init(
            destination: IPv4Network(containing: .unspecified, prefixLength: 0),
            table: RouteTable(rawValue: UInt32(bytes[4])), routeProtocol: RouteProtocol(rawValue: bytes[5]),
            scope: RouteScope(rawValue: bytes[6]), type: RouteType(rawValue: bytes[7]), tos: bytes[3],
            flags: RouteFlags(rawValue: bytes.number32(at: 8)))

        var destination = IPv4Address.unspecified
        var attributes = message.attributes(after: Self.fixedByteCount)
        while let attribute = attributes.next() {
            switch attribute.type {
            case Attribute.destination: destination = attribute.ipv4Address ?? destination
            case Attribute.interfaceIndex: interfaceIndex = attribute.number32
            case Attribute.gateway: gateway = attribute.ipv4Address
            case Attribute.preferredSource: preferredSource = attribute.ipv4Address
            case Attribute.priority: priority = attribute.number32
            case Attribute.table: table = attribute.number32.map(RouteTable.init) ?? table
            default: continue
            }
        }
        guard !attributes.isMalformed else { return nil }
        self.destination = IPv4Network(containing: destination, prefixLength: Int(bytes[1]))
    }

    private enum Attribute {
        static let destination = UInt16(RTA_DST.rawValue)
        static let interfaceIndex = UInt16(RTA_OIF.rawValue)
        static let gateway = UInt16(RTA_GATEWAY.rawValue)
        static let preferredSource = UInt16(RTA_PREFSRC.rawValue)
        static let priority = UInt16(RTA_PRIORITY.rawValue)
        static let table = UInt16(RTA_TABLE.rawValue)
    }
}
