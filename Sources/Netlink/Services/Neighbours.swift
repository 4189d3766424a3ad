public import Addresses
import SystemPackage

/// The IPv4 neighbour entries of a namespace: IPv4 address to MAC address.
public struct Neighbours: ~Copyable, Sendable {
    private var socket: RouteNetlinkSocket

    /// Opens a socket in the network namespace of the calling thread.
    public init() throws(NetlinkError) { socket = try RouteNetlinkSocket() }

    /// All neighbours, or those on one link.
    public mutating func list(on link: LinkMessage? = nil) throws(NetlinkError) -> [NeighbourMessage] {
        try socket.neighbours(on: link?.index)
    }

    /// Pins an IPv4 address to a MAC address: the entry is never resolved and never aged, and ARP packets do not change
    /// it.
    public mutating func setPermanent(
        _ address: IPv4Address, _ macAddress: MACAddress, on link: LinkMessage,
        routeProtocol: RouteProtocol? = nil
    ) throws(NetlinkError) {
        try set(address, macAddress, .permanent, on: link, routeProtocol: routeProtocol)
    }

    /// Creates or replaces an entry with the given state.
    public mutating func set(
        _ address: IPv4Address, _ macAddress: MACAddress, _ state: NeighbourState, on link: LinkMessage,
        routeProtocol: RouteProtocol? = nil
    ) throws(NetlinkError) {
        try socket.perform(
            "set neighbour \(address) on \(link.title)", .newNeighbour, flags: [.create, .replace],
            NeighbourMessage(
                kind: .ipv4, interfaceIndex: link.index, state: state, address: address,
                macAddress: macAddress,
                routeProtocol: routeProtocol))
    }

    /// Removes an entry.
    /// - Throws: `.noSuchFileOrDirectory` if there is no such entry.
    public mutating func delete(_ address: IPv4Address, on link: LinkMessage) throws(NetlinkError) {
        try socket.perform(
            "delete neighbour \(address) on \(link.title)", .deleteNeighbour,
            NeighbourMessage(kind: .ipv4, interfaceIndex: link.index, address: address))
    }
}

extension RouteNetlinkSocket {
    /// The neighbour entry of one IPv4 address, or nil if there is none.
    public mutating func neighbour(
        _ address: IPv4Address, on interfaceIndex: UInt32
    ) throws(NetlinkError) -> NeighbourMessage? {
        let query = NeighbourMessage(kind: .ipv4, interfaceIndex: interfaceIndex, address: address)
        do throws(NetlinkError) {
            return try get("look up neighbour \(address)", .getNeighbour, query)
        } catch {
            guard error.number == .noSuchFileOrDirectory || error.number == .operationNotSupportedByDevice else {
                throw error
            }
            return nil
        }
    }

    /// All IPv4 neighbours, or those on one interface.
    public mutating func neighbours(on interfaceIndex: UInt32?) throws(NetlinkError) -> [NeighbourMessage] {
        try dump(
            "list the neighbours", .getNeighbour, NeighbourFilter(kind: .ipv4, interfaceIndex: interfaceIndex)
        )
    }
}
