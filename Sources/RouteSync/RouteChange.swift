public import Addresses
public import Netlink
public import SystemPackage

/// A change to the wanted set: one address gets a host route, or loses it.
public struct RouteChange: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case install
        case remove
    }

    public var action: Action
    public var address: IPv4Address
    /// The MAC address behind the IPv4 address. Ignored in a removal.
    public var macAddress: MACAddress
    /// Whether a permanent neighbour entry goes with the route. A lease through a relay has none, because its client is
    /// not on this link.
    public var withNeighbour: Bool

    public init(
        _ action: Action, _ address: IPv4Address, _ macAddress: MACAddress, withNeighbour: Bool = true
    ) {
        self.action = action
        self.address = address
        self.macAddress = macAddress
        self.withNeighbour = withNeighbour
    }
}

/// The outcome of one change.
public enum RouteResult: Hashable, Sendable {
    /// The kernel has the change: the route and the neighbour are both there, or both gone.
    case applied
    /// A route that is not ours is in the way. It was left alone.
    case foreign(RouteProtocol, interfaceIndex: UInt32?)
    /// The address is not in the pool, so we must not make a route to it.
    case outsidePool
    /// The kernel refused. `.operationNotSupportedByDevice` and `.networkDown` are temporary: they end when the
    /// interface is back.
    case failed(Errno)
}
