public import Addresses

/// The forwarding databases of the bridges in a namespace: MAC address to bridge port.
public struct ForwardingDatabase: ~Copyable, Sendable {
    private var socket: RouteNetlinkSocket

    /// Opens a socket in the network namespace of the calling thread.
    public init() throws(NetlinkError) { socket = try RouteNetlinkSocket() }

    /// The entries of one bridge, or of all bridges.
    public mutating func list(
        ofBridge bridge: LinkMessage? = nil
    ) throws(NetlinkError) -> [NeighbourMessage] {
        try list(
            "list the forwarding entries of \(bridge?.title ?? "all bridges")",
            NeighbourFilter(kind: .forwarding, masterIndex: bridge?.index))
    }

    /// The entries of one bridge port.
    public mutating func list(onPort port: LinkMessage) throws(NetlinkError) -> [NeighbourMessage] {
        try list(
            "list the forwarding entries of \(port.title)",
            NeighbourFilter(kind: .forwarding, interfaceIndex: port.index))
    }

    /// Adds an entry that does not age: frames to `macAddress` leave through `port`.
    public mutating func add(_ macAddress: MACAddress, port: LinkMessage) throws(NetlinkError) {
        try socket.perform(
            "add forwarding entry \(macAddress) on \(port.title)", .newNeighbour, flags: [.create, .replace],
            NeighbourMessage(
                kind: .forwarding, interfaceIndex: port.index, state: .noARP, flags: .masterTable,
                macAddress: macAddress))
    }

    /// Removes an entry.
    /// - Throws: `.noSuchFileOrDirectory` if there is no such entry.
    public mutating func delete(_ macAddress: MACAddress, port: LinkMessage) throws(NetlinkError) {
        try socket.perform(
            "delete forwarding entry \(macAddress) on \(port.title)", .deleteNeighbour,
            NeighbourMessage(
                kind: .forwarding, interfaceIndex: port.index, flags: .masterTable, macAddress: macAddress))
    }

    private mutating func list(
        _ operation: String, _ filter: NeighbourFilter
    ) throws(NetlinkError) -> [NeighbourMessage] {
        try socket.dump(operation, .getNeighbour, filter).filter { $0.kind == .forwarding }
    }
}
