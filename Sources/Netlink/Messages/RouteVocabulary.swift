internal import CNetlink

/// A routing table (RT_TABLE_*).
public struct RouteTable: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The table of this machine's own addresses and of broadcast addresses. The kernel consults it before all others.
    public static var local: Self { Self(rawValue: UInt32(RT_TABLE_LOCAL.rawValue)) }
    public static var main: Self { Self(rawValue: UInt32(RT_TABLE_MAIN.rawValue)) }
}

/// Who created a route or a neighbour entry (RTPROT_*). The kernel only stores it; programs recognize their own entries
/// by it.
public struct RouteProtocol: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    private init(_ value: Int32) { rawValue = UInt8(truncatingIfNeeded: value) }

    public static var unspecified: Self { Self(RTPROT_UNSPEC) }
    /// Created by the kernel, such as the subnet route of an address.
    public static var kernel: Self { Self(RTPROT_KERNEL) }
    /// The default of most tools.
    public static var boot: Self { Self(RTPROT_BOOT) }
    /// Created explicitly by an administrator.
    public static var `static`: Self { Self(RTPROT_STATIC) }
    /// Created by a DHCP program.
    public static var dhcp: Self { Self(RTPROT_DHCP) }
}

extension RouteProtocol: CustomStringConvertible {
    /// The name that `ip route` prints, or the number.
    public var description: String {
        switch self {
        case .unspecified: "unspec"
        case .kernel: "kernel"
        case .boot: "boot"
        case .static: "static"
        case .dhcp: "dhcp"
        default: "\(rawValue)"
        }
    }
}

/// How far away a destination is (RT_SCOPE_*).
public struct RouteScope: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static var universe: Self { Self(rawValue: UInt8(RT_SCOPE_UNIVERSE.rawValue)) }
    /// Directly on an attached network.
    public static var link: Self { Self(rawValue: UInt8(RT_SCOPE_LINK.rawValue)) }
    /// This machine itself.
    public static var host: Self { Self(rawValue: UInt8(RT_SCOPE_HOST.rawValue)) }
    /// In a delete: any scope.
    public static var nowhere: Self { Self(rawValue: UInt8(RT_SCOPE_NOWHERE.rawValue)) }
}

/// What a route does with a packet (RTN_*).
public struct RouteType: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    private init(_ value: Int) { rawValue = UInt8(truncatingIfNeeded: value) }

    /// In a delete: any type.
    public static var unspecified: Self { Self(RTN_UNSPEC) }
    public static var unicast: Self { Self(RTN_UNICAST) }
    /// Delivered to this machine.
    public static var local: Self { Self(RTN_LOCAL) }
    public static var broadcast: Self { Self(RTN_BROADCAST) }
    /// Dropped silently.
    public static var blackhole: Self { Self(RTN_BLACKHOLE) }
}

/// rtm_flags: the route's (RTM_F_*) and its next hop's (RTNH_F_*).
public struct RouteFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The next hop cannot be used.
    public static var dead: Self { Self(rawValue: UInt32(RTNH_F_DEAD)) }
    /// The interface has no carrier.
    public static var linkDown: Self { Self(rawValue: UInt32(RTNH_F_LINKDOWN)) }
    /// In a GET: answer with the entry in the table instead of the result for one packet.
    public static var fibMatch: Self { Self(rawValue: UInt32(RTM_F_FIB_MATCH)) }
}
