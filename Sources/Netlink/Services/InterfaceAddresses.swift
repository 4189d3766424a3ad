public import Addresses

/// The IPv4 addresses that this host has on its interfaces.
public struct InterfaceAddresses: ~Copyable, Sendable {
    private var socket: RouteNetlinkSocket

    /// Opens a socket in the network namespace of the calling thread.
    public init() throws(NetlinkError) { socket = try RouteNetlinkSocket() }

    /// All addresses, or those of one link.
    public mutating func list(on link: LinkMessage? = nil) throws(NetlinkError) -> [AddressMessage] {
        try socket.dump(
            "list the addresses of \(link?.title ?? "all interfaces")", .getAddress,
            AddressFilter(interfaceIndex: link?.index))
    }

    /// Gives a link an address. The kernel also makes the route to its network, while the link is up.
    /// - Parameter prefixLength: 0 to 32.
    /// - Throws: `.fileExists` if the link has that address with that prefix.
    public mutating func add(
        _ address: IPv4Address, prefixLength: Int, to link: LinkMessage
    ) throws(NetlinkError) {
        let network = IPv4Network(containing: address, prefixLength: prefixLength)
        // Tools show no broadcast address where none makes sense, and neither does the kernel need one there.
        let broadcast = prefixLength < 31 ? network.broadcastAddress : nil
        try socket.perform(
            "add address \(address)/\(prefixLength) to \(link.title)", .newAddress,
            flags: [.create, .exclusive],
            AddressMessage(
                interfaceIndex: link.index, address: address, prefixLength: prefixLength, broadcast: broadcast
            ))
    }

    /// Takes an address from a link.
    /// - Throws: `.addressNotAvailable` if the link does not have it.
    public mutating func remove(
        _ address: IPv4Address, prefixLength: Int, from link: LinkMessage
    ) throws(NetlinkError) {
        try socket.perform(
            "remove address \(address)/\(prefixLength) from \(link.title)", .deleteAddress,
            AddressMessage(interfaceIndex: link.index, address: address, prefixLength: prefixLength))
    }
}
