public import Addresses
internal import CNetlink

/// One IPv4 neighbour or one entry of a bridge's forwarding database: the `ndmsg` of RTM_NEWNEIGH,
/// RTM_DELNEIGH and RTM_GETNEIGH with its attributes.
public struct NeighbourMessage: Hashable, Sendable {
    /// Which table the entry is in (ndm_family).
    public var kind: NeighbourKind
    /// The interface; in a forwarding entry, the bridge port (ndm_ifindex).
    public var interfaceIndex: UInt32
    /// ndm_state.
    public var state: NeighbourState
    /// ndm_flags.
    public var flags: NeighbourFlags
    /// ndm_type: a route type, set by the kernel.
    public var type: RouteType
    /// NDA_DST; nil in a forwarding entry.
    public var address: IPv4Address?
    /// NDA_LLADDR; nil while it is unknown.
    public var macAddress: MACAddress?
    /// Who created the entry (NDA_PROTOCOL).
    public var routeProtocol: RouteProtocol?
    /// The VLAN of a forwarding entry (NDA_VLAN).
    public var vlan: UInt16?
    /// The bridge of a forwarding entry (NDA_MASTER).
    public var masterIndex: UInt32?

    public init(
        kind: NeighbourKind, interfaceIndex: UInt32, state: NeighbourState = [], flags: NeighbourFlags = [],
        type: RouteType = .unspecified, address: IPv4Address? = nil, macAddress: MACAddress? = nil,
        routeProtocol: RouteProtocol? = nil, vlan: UInt16? = nil, masterIndex: UInt32? = nil
    ) {
        self.kind = kind
        self.interfaceIndex = interfaceIndex
        self.state = state
        self.flags = flags
        self.type = type
        self.address = address
        self.macAddress = macAddress
        self.routeProtocol = routeProtocol
        self.vlan = vlan
        self.masterIndex = masterIndex
    }
}

extension NeighbourMessage: MessageBody {
    public func write(to buffer: inout MessageBuffer) {
        buffer.put(kind.family)
        buffer.put(UInt8(0))
        buffer.put(UInt16(0))
        buffer.put(interfaceIndex)
        buffer.put(state.rawValue)
        buffer.put(flags.rawValue)
        buffer.put(type.rawValue)
        if let address { buffer.put(attribute: Attribute.destination, address) }
        if let macAddress { buffer.put(attribute: Attribute.linkLayerAddress, macAddress) }
        if let routeProtocol { buffer.put(attribute: Attribute.routeProtocol, routeProtocol.rawValue) }
        if let vlan { buffer.put(attribute: Attribute.vlan, vlan) }
        if let masterIndex { buffer.put(attribute: Attribute.master, masterIndex) }
    }
}

extension NeighbourMessage: ReplyBody {
    private static let fixedByteCount = 12

    public init?(_ message: borrowing NetlinkMessageView) {
        let bytes = message.payload
        guard message.header.type.isNeighbour, bytes.count >= Self.fixedByteCount,
            let kind = NeighbourKind(family: bytes[0])
        else { return nil }
        self.init(
            kind: kind, interfaceIndex: bytes.number32(at: 4),
            state: NeighbourState(rawValue: bytes.number16(at: 8)),
            flags: NeighbourFlags(rawValue: bytes[10]), type: RouteType(rawValue: bytes[11]))

        var attributes = message.attributes(after: Self.fixedByteCount)
        while let attribute = attributes.next() {
            switch attribute.type {
            case Attribute.destination: address = attribute.ipv4Address
            case Attribute.linkLayerAddress: macAddress = attribute.macAddress
            case Attribute.routeProtocol: routeProtocol = attribute.number8.map(RouteProtocol.init)
            case Attribute.vlan: vlan = attribute.number16
            case Attribute.master: masterIndex = attribute.number32
            default: continue
            }
        }
        guard !attributes.isMalformed else { return nil }
    }

    private enum Attribute {
        static let destination = UInt16(NDA_DST)
        static let linkLayerAddress = UInt16(NDA_LLADDR)
        static let routeProtocol = UInt16(NDA_PROTOCOL)
        static let vlan = UInt16(NDA_VLAN)
        static let master = UInt16(NDA_MASTER)
    }
}

/// The two tables whose entries are neighbour messages.
public enum NeighbourKind: Hashable, Sendable {
    /// The neighbour table: IPv4 address to MAC address (AF_INET).
    case ipv4
    /// The forwarding database: MAC address to bridge port (AF_BRIDGE).
    case forwarding

    init?(family: UInt8) {
        switch Int32(family) {
        case AF_INET: self = .ipv4
        case AF_BRIDGE: self = .forwarding
        default: return nil
        }
    }

    var family: UInt8 {
        switch self {
        case .ipv4: UInt8(truncatingIfNeeded: AF_INET)
        case .forwarding: UInt8(truncatingIfNeeded: AF_BRIDGE)
        }
    }
}

/// ndm_state (NUD_*): how certain the kernel is of an entry.
public struct NeighbourState: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    private init(_ value: Int32) { rawValue = UInt16(truncatingIfNeeded: value) }

    public static var incomplete: Self { Self(NUD_INCOMPLETE) }
    public static var reachable: Self { Self(NUD_REACHABLE) }
    /// Still used; the kernel confirms it by ARP at the next use.
    public static var stale: Self { Self(NUD_STALE) }
    public static var delay: Self { Self(NUD_DELAY) }
    public static var probe: Self { Self(NUD_PROBE) }
    public static var failed: Self { Self(NUD_FAILED) }
    public static var noARP: Self { Self(NUD_NOARP) }
    /// Never resolved and never aged; ARP packets do not change it.
    public static var permanent: Self { Self(NUD_PERMANENT) }
}

/// ndm_flags (NTF_*).
public struct NeighbourFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    private init(_ value: Int32) { rawValue = UInt8(truncatingIfNeeded: value) }

    /// In the interface's own forwarding table.
    public static var selfTable: Self { Self(NTF_SELF) }
    /// In the forwarding table of the interface's bridge.
    public static var masterTable: Self { Self(NTF_MASTER) }
    /// Added by a program, which also ages it.
    public static var externallyLearned: Self { Self(NTF_EXT_LEARNED) }
    /// A forwarding entry that does not move to another port.
    public static var sticky: Self { Self(NTF_STICKY) }
}
