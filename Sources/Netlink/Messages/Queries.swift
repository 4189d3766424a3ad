public import Addresses
internal import CNetlink

/// Selects the routes of a dump. The kernel applies the filter, so that only matching routes are copied and parsed.
public struct RouteFilter: MessageBody, Hashable, Sendable {
    public var table: RouteTable?
    public var interfaceIndex: UInt32?
    public var routeProtocol: RouteProtocol?

    public init(
        table: RouteTable? = .main, interfaceIndex: UInt32? = nil, routeProtocol: RouteProtocol? = nil
    ) {
        self.table = table
        self.interfaceIndex = interfaceIndex
        self.routeProtocol = routeProtocol
    }

    public func write(to buffer: inout MessageBuffer) {
        buffer.put(UInt8(truncatingIfNeeded: AF_INET))
        for _ in 0..<4 { buffer.put(UInt8(0)) }
        buffer.put((routeProtocol ?? .unspecified).rawValue)
        buffer.put(UInt16(0))
        buffer.put(UInt32(0))
        if let table { buffer.put(attribute: UInt16(RTA_TABLE.rawValue), table.rawValue) }
        if let interfaceIndex { buffer.put(attribute: UInt16(RTA_OIF.rawValue), interfaceIndex) }
    }
}

/// Selects the neighbours or forwarding entries of a dump.
public struct NeighbourFilter: MessageBody, Hashable, Sendable {
    public var kind: NeighbourKind
    /// The interface; for forwarding entries, the bridge port.
    public var interfaceIndex: UInt32?
    /// Only entries on the ports of this bridge.
    public var masterIndex: UInt32?

    public init(kind: NeighbourKind, interfaceIndex: UInt32? = nil, masterIndex: UInt32? = nil) {
        self.kind = kind
        self.interfaceIndex = interfaceIndex
        self.masterIndex = masterIndex
    }

    public func write(to buffer: inout MessageBuffer) {
        buffer.put(kind.family)
        buffer.put(UInt8(0))
        buffer.put(UInt16(0))
        // A forwarding dump takes the port in the fixed part; a neighbour dump takes the interface only as an
        // attribute.
        buffer.put(kind == .forwarding ? interfaceIndex ?? 0 : 0)
        buffer.put(UInt32(0))
        if kind == .ipv4, let interfaceIndex { buffer.put(attribute: UInt16(NDA_IFINDEX), interfaceIndex) }
        if let masterIndex { buffer.put(attribute: UInt16(NDA_MASTER), masterIndex) }
    }
}

/// Selects the addresses of a dump.
public struct AddressFilter: MessageBody, Hashable, Sendable {
    public var interfaceIndex: UInt32?

    public init(interfaceIndex: UInt32? = nil) { self.interfaceIndex = interfaceIndex }

    public func write(to buffer: inout MessageBuffer) {
        buffer.put(UInt8(truncatingIfNeeded: AF_INET))
        buffer.put(UInt8(0))
        buffer.put(UInt16(0))
        buffer.put(interfaceIndex ?? 0)
    }
}

/// Selects the links of a dump.
public struct LinkFilter: MessageBody, Hashable, Sendable {
    /// Only the ports of this bridge.
    public var masterIndex: UInt32?

    public init(masterIndex: UInt32? = nil) { self.masterIndex = masterIndex }

    public func write(to buffer: inout MessageBuffer) {
        for _ in 0..<4 { buffer.put(UInt32(0)) }
        // Statistics make up most of a link message, and this module does not read them.
        buffer.put(attribute: UInt16(IFLA_EXT_MASK), UInt32(RTEXT_FILTER_SKIP_STATS))
        if let masterIndex { buffer.put(attribute: UInt16(IFLA_MASTER), masterIndex) }
    }
}

/// Asks what the kernel does with a packet that arrives on an interface.
public struct ArrivalLookup: MessageBody, Hashable, Sendable {
    public var source: IPv4Address
    public var destination: IPv4Address
    public var interfaceIndex: UInt32

    public init(source: IPv4Address, destination: IPv4Address, interfaceIndex: UInt32) {
        self.source = source
        self.destination = destination
        self.interfaceIndex = interfaceIndex
    }

    public func write(to buffer: inout MessageBuffer) {
        buffer.put(UInt8(truncatingIfNeeded: AF_INET))
        buffer.put(UInt8(32))
        buffer.put(UInt8(32))
        buffer.put(UInt8(0))
        buffer.put(UInt32(0))
        buffer.put(UInt32(0))
        buffer.put(attribute: UInt16(RTA_DST.rawValue), destination)
        buffer.put(attribute: UInt16(RTA_SRC.rawValue), source)
        buffer.put(attribute: UInt16(RTA_IIF.rawValue), interfaceIndex)
    }
}

/// Asks which route a packet to one address takes.
public struct RouteLookup: MessageBody, Hashable, Sendable {
    public var address: IPv4Address

    public init(address: IPv4Address) { self.address = address }

    public func write(to buffer: inout MessageBuffer) {
        buffer.put(UInt8(truncatingIfNeeded: AF_INET))
        buffer.put(UInt8(32))
        buffer.put(UInt16(0))
        buffer.put(UInt32(0))
        // Asks for the entry in the table, with its protocol, instead of the result for this packet.
        buffer.put(RouteFlags.fibMatch.rawValue)
        buffer.put(attribute: UInt16(RTA_DST.rawValue), address)
    }
}
