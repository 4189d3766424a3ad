public import Addresses

/// The IPv4 addresses of the interfaces in a namespace.
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

    /// Adds an address to a link. While the link is up, the kernel also creates the route to the address's network.
    /// - Parameter prefixLength: 0 to 32.
    /// - Throws: `.fileExists` if the link already has this address with this prefix length.
    public mutating func add(
        _ address: IPv4Address, prefixLength: Int, to link: LinkMessage
    ) throws(NetlinkError) {
        let network = IPv4Network(containing: address, prefixLength: prefixLength)
        // A /31 or /32 has no broadcast address: tools show none there, and the kernel needs none.
        let broadcast = prefixLength < 31 ? network.broadcastAddress : nil
        try socket.perform(
            "add address \(address)/\(prefixLength) to \(link.title)", .newAddress,
            flags: [.create, .exclusive],
            AddressMessage(
                interfaceIndex: link.index, address: address, prefixLength: prefixLength, broadcast: broadcast
            ))
    }

    /// Removes an address from a link.
    /// - Throws: `.addressNotAvailable` if the link does not have it.
    public mutating func remove(
        _ address: IPv4Address, prefixLength: Int, from link: LinkMessage
    ) throws(NetlinkError) {
        try socket.perform(
            "remove address \(address)/\(prefixLength) from \(link.title)", .deleteAddress,
            AddressMessage(interfaceIndex: link.index, address: address, prefixLength: prefixLength))
    }
}
