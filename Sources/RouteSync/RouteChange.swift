public import Addresses
public import Netlink
public import SystemPackage

/// A change to the wanted set: one address gets its host route, or loses it.
public struct RouteChange: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case install
        case remove
    }

    public var action: Action
    public var address: IPv4Address
    /// Where the address is to be found; without meaning in a removal.
    public var macAddress: MACAddress
    /// Whether a permanent neighbour entry goes with the route. A lease through a relay has none: its client
    /// is not on this link.
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

/// What became of one change.
public enum RouteResult: Hashable, Sendable {
    /// The kernel has it: the route and the neighbour are there, or are both gone.
    case applied
    /// A route that is not ours is in the way; it was left alone.
    case foreign(RouteProtocol, interfaceIndex: UInt32?)
    /// The address is not in the pool, so no route to it is ours to make.
    case outsidePool
    /// The kernel refused. `.operationNotSupportedByDevice` and `.networkDown` pass when the interface is back.
    case failed(Errno)
}
