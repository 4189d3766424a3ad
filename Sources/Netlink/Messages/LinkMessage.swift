public import Addresses
internal import CNetlink

/// One network interface: the `ifinfomsg` of RTM_NEWLINK, RTM_DELLINK and RTM_GETLINK with its attributes.
///
/// In a request, nil leaves a property unchanged.
public struct LinkMessage: Hashable, Sendable {
    /// ifi_index; 0 in a request that creates a link or identifies it by name.
    public var index: UInt32
    /// ARPHRD_* (ifi_type).
    public var hardwareType: UInt16
    /// ifi_flags.
    public var flags: LinkFlags
    /// The flags that a request sets or clears (ifi_change).
    public var changedFlags: LinkFlags
    /// IFLA_IFNAME, at most 15 bytes.
    public var name: String?
    /// IFLA_ADDRESS.
    public var macAddress: MACAddress?
    /// IFLA_MTU.
    public var mtu: UInt32?
    /// The bridge that the link is a port of (IFLA_MASTER); 0 in a request removes the link from its bridge.
    public var masterIndex: UInt32?
    /// The index of the link below this one, or of a veth's other end (IFLA_LINK).
    public var peerIndex: UInt32?
    /// The ID of the namespace that ``peerIndex`` belongs to (IFLA_LINK_NETNSID); nil for this namespace.
    public var peerNamespaceID: Int32?
    /// The kind of a virtual link (IFLA_INFO_KIND); nil for a hardware device.
    public var kind: LinkKind?
    /// The other end of a veth pair to create (VETH_INFO_PEER).
    public var vethPeer: VethPeer?
    /// The settings of the link as a bridge port, if it is one (IFLA_INFO_SLAVE_DATA).
    public var bridgePort: BridgePort?
    /// An open file descriptor of the namespace in which a request creates the link, or to which it moves the link
    /// (IFLA_NET_NS_FD).
    public var namespaceDescriptor: Int32?
    /// The group that the link belongs to, 0 by default (IFLA_GROUP).
    public var group: UInt32?

    /// Whether the link is administratively up (IFF_UP).
    public var isUp: Bool { flags.contains(.up) }

    public init(
        index: UInt32 = 0, hardwareType: UInt16 = 0, flags: LinkFlags = [], changedFlags: LinkFlags = [],
        name: String? = nil, macAddress: MACAddress? = nil, mtu: UInt32? = nil, masterIndex: UInt32? = nil,
        peerIndex: UInt32? = nil, peerNamespaceID: Int32? = nil, kind: LinkKind? = nil,
        vethPeer: VethPeer? = nil,
        bridgePort: BridgePort? = nil, namespaceDescriptor: Int32? = nil, group: UInt32? = nil
    ) {
        self.index = index
        self.hardwareType = hardwareType
        self.flags = flags
        self.changedFlags = changedFlags
        self.name = name
        self.macAddress = macAddress
        self.mtu = mtu
        self.masterIndex = masterIndex
        self.peerIndex = peerIndex
        self.peerNamespaceID = peerNamespaceID
        self.kind = kind
        self.vethPeer = vethPeer
        self.bridgePort = bridgePort
        self.namespaceDescriptor = namespaceDescriptor
        self.group = group
    }
}

/// The kind of a virtual link (IFLA_INFO_KIND). Not an enum, because the kernel has many more kinds.
public struct LinkKind: RawRepresentable, Hashable, Sendable {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static var bridge: Self { Self(rawValue: "bridge") }
    public static var veth: Self { Self(rawValue: "veth") }
    /// A tun or tap device.
    public static var tun: Self { Self(rawValue: "tun") }
}

/// The second end of a veth pair to create.
public struct VethPeer: Hashable, Sendable {
    public var name: String?
    public var macAddress: MACAddress?
    /// An open file descriptor of the namespace in which to create the peer; nil for the namespace of the first end.
    public var namespaceDescriptor: Int32?
    /// The group that the peer belongs to (IFLA_GROUP).
    public var group: UInt32?

    public init(
        name: String? = nil, macAddress: MACAddress? = nil, namespaceDescriptor: Int32? = nil, group: UInt32? = nil
    ) {
        self.name = name
        self.macAddress = macAddress
        self.namespaceDescriptor = namespaceDescriptor
        self.group = group
    }
}

/// The settings of a bridge port (IFLA_BRPORT_*). In a request, nil leaves a setting unchanged.
public struct BridgePort: Hashable, Sendable {
    /// No frames pass between isolated ports (IFLA_BRPORT_ISOLATED).
    public var isIsolated: Bool?
    /// The bridge learns source addresses on this port (IFLA_BRPORT_LEARNING).
    public var isLearning: Bool?
    /// The bridge floods broadcast frames to this port (IFLA_BRPORT_BCAST_FLOOD).
    public var floodsBroadcast: Bool?
    /// The bridge floods frames with an unknown destination to this port (IFLA_BRPORT_UNICAST_FLOOD).
    public var floodsUnknown: Bool?
    /// A frame may leave through the port on which it arrived (IFLA_BRPORT_MODE).
    public var isHairpin: Bool?

    public init(
        isIsolated: Bool? = nil, isLearning: Bool? = nil, floodsBroadcast: Bool? = nil,
        floodsUnknown: Bool? = nil,
        isHairpin: Bool? = nil
    ) {
        self.isIsolated = isIsolated
        self.isLearning = isLearning
        self.floodsBroadcast = floodsBroadcast
        self.floodsUnknown = floodsUnknown
        self.isHairpin = isHairpin
    }
}

/// ifi_flags (IFF_*).
public struct LinkFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    private init(_ flag: Int) { rawValue = UInt32(truncatingIfNeeded: flag) }

    /// Administratively up.
    public static var up: Self { Self(IFF_UP) }
    public static var loopback: Self { Self(IFF_LOOPBACK) }
    /// Operational.
    public static var running: Self { Self(IFF_RUNNING) }
    /// The interface does not use ARP.
    public static var noARP: Self { Self(IFF_NOARP) }
    public static var promiscuous: Self { Self(IFF_PROMISC) }
    /// The lower layer has carrier.
    public static var lowerUp: Self { Self(Int(CNETLINK_IFF_LOWER_UP)) }
}
