public import Addresses
import SystemPackage

/// The network interfaces of a namespace.
///
/// Methods that change a link take the link as it was found: they identify it by its index and use its name in errors.
public struct Links: ~Copyable, Sendable {
    private var socket: RouteNetlinkSocket

    /// Opens a socket in the network namespace of the calling thread.
    public init() throws(NetlinkError) { socket = try RouteNetlinkSocket() }
}

// MARK: Finding

extension Links {
    /// All links, or all ports of one bridge.
    public mutating func list(portsOf bridge: LinkMessage? = nil) throws(NetlinkError) -> [LinkMessage] {
        try socket.dump("list the interfaces", .getLink, LinkFilter(masterIndex: bridge?.index))
    }

    /// The link called `name`, or nil if there is none.
    public mutating func find(named name: String) throws(NetlinkError) -> LinkMessage? {
        try socket.link(named: name)
    }

    /// The link with this index, or nil if there is none.
    public mutating func find(index: UInt32) throws(NetlinkError) -> LinkMessage? {
        try socket.link(LinkMessage(index: index), "find interface \(index)")
    }

    /// The link with this MAC address, or nil if there is none. If several links have it, a hardware device comes
    /// before bridges and VLANs on top of it.
    public mutating func find(macAddress: MACAddress) throws(NetlinkError) -> LinkMessage? {
        let matches = try list().filter { $0.macAddress == macAddress }
        return matches.first { $0.kind == nil } ?? matches.first
    }

    /// The link called `name`.
    /// - Throws: an error that names the link if it does not exist.
    public mutating func get(named name: String) throws(NetlinkError) -> LinkMessage {
        guard let link = try find(named: name) else {
            throw NetlinkError("find interface \(name)", .operationNotSupportedByDevice)
        }
        return link
    }
}

// MARK: Creating and deleting

extension Links {
    /// Creates a bridge, which is down. A bridge without a MAC address of its own takes the lowest of its ports'
    /// addresses, so pass one.
    /// - Throws: `.fileExists` if the name is in use.
    public mutating func createBridge(
        _ name: String, macAddress: MACAddress? = nil
    ) throws(NetlinkError) -> LinkMessage {
        try create(LinkMessage(name: name, macAddress: macAddress, kind: .bridge))
    }

    /// Creates a veth pair. `peer` may be in another namespace.
    /// - Parameter master: the bridge that the first end becomes a port of.
    /// - Parameter isUp: whether the first end is set up immediately.
    /// - Returns: the first end.
    public mutating func createVethPair(
        _ name: String, macAddress: MACAddress? = nil, peer: VethPeer, master: LinkMessage? = nil,
        isUp: Bool = false
    ) throws(NetlinkError) -> LinkMessage {
        let flags: LinkFlags = isUp ? .up : []
        return try create(
            LinkMessage(
                flags: flags, changedFlags: flags, name: name, macAddress: macAddress,
                masterIndex: master?.index,
                kind: .veth, vethPeer: peer))
    }

    /// Creates a link as `link` describes, and returns it as the kernel reports it.
    /// - Precondition: `link` has a name.
    public mutating func create(_ link: LinkMessage) throws(NetlinkError) -> LinkMessage {
        guard let name = link.name else { preconditionFailure("a link to create needs a name") }
        try socket.perform(
            "create \(link.kind?.rawValue ?? "interface") \(name)", .newLink, flags: [.create, .exclusive],
            link)
        return try get(named: name)
    }

    public mutating func delete(_ link: LinkMessage) throws(NetlinkError) {
        try socket.perform("delete \(link.title)", .deleteLink, LinkMessage(index: link.index))
    }

    /// Deletes all links of a group with one request: the kernel waits once for their remaining users, not once per
    /// link.
    /// - Precondition: `group` is not 0, the default group of all links.
    public mutating func delete(group: UInt32) throws(NetlinkError) {
        precondition(group != 0, "group 0 is the default group of all links")
        try socket.perform("delete the interfaces of group \(group)", .deleteLink, LinkMessage(group: group))
    }
}

// MARK: Changing

extension Links {
    /// Sets a link up.
    public mutating func setUp(_ link: LinkMessage) throws(NetlinkError) {
        try change(link, "set \(link.title) up", LinkMessage(flags: .up, changedFlags: .up))
    }

    /// Sets a link down. The kernel removes all its routes without a notification.
    public mutating func setDown(_ link: LinkMessage) throws(NetlinkError) {
        try change(link, "set \(link.title) down", LinkMessage(changedFlags: .up))
    }

    public mutating func setMACAddress(_ link: LinkMessage, _ macAddress: MACAddress) throws(NetlinkError) {
        try change(link, "give \(link.title) the address \(macAddress)", LinkMessage(macAddress: macAddress))
    }

    public mutating func setMTU(_ link: LinkMessage, _ mtu: UInt32) throws(NetlinkError) {
        try change(link, "give \(link.title) the MTU \(mtu)", LinkMessage(mtu: mtu))
    }

    /// Makes a link a port of `bridge`; nil removes it from its bridge.
    public mutating func setMaster(_ link: LinkMessage, _ bridge: LinkMessage?) throws(NetlinkError) {
        try change(
            link, "make \(link.title) a port of \(bridge?.title ?? "no bridge")",
            LinkMessage(masterIndex: bridge?.index ?? 0))
    }

    /// Changes how the bridge treats a port; nil in `settings` leaves a setting unchanged.
    public mutating func setBridgePort(_ link: LinkMessage, _ settings: BridgePort) throws(NetlinkError) {
        try change(link, "change the bridge port \(link.title)", LinkMessage(bridgePort: settings))
    }

    /// Moves a link to another namespace, where it is down and may get another index.
    /// - Parameter namespaceDescriptor: an open file descriptor of the other namespace, such as
    ///   ``NetworkNamespace/fileDescriptor``.
    public mutating func move(_ link: LinkMessage, toNamespace namespaceDescriptor: Int32)
        throws(NetlinkError)
    {
        try change(
            link, "move \(link.title) to another namespace",
            LinkMessage(namespaceDescriptor: namespaceDescriptor))
    }

    private mutating func change(
        _ link: LinkMessage, _ operation: @autoclosure () -> String, _ change: LinkMessage
    ) throws(NetlinkError) {
        var change = change
        change.index = link.index
        // RTM_SETLINK ignores the content of IFLA_LINKINFO. RTM_NEWLINK without NLM_F_CREATE applies all of it.
        try socket.perform(operation(), .newLink, change)
    }
}

extension RouteNetlinkSocket {
    /// The link called `name`, or nil if there is none.
    public mutating func link(named name: String) throws(NetlinkError) -> LinkMessage? {
        try link(LinkMessage(name: name), "find interface \(name)")
    }

    /// The link that `query` identifies, or nil if there is none.
    mutating func link(_ query: LinkMessage, _ operation: String) throws(NetlinkError) -> LinkMessage? {
        do throws(NetlinkError) {
            return try get(operation, .getLink, query)
        } catch {
            guard error.number == .operationNotSupportedByDevice else { throw error }
            return nil
        }
    }
}

extension LinkMessage {
    /// The link's name in errors: "interface eth1".
    var title: String { "interface \(name ?? "\(index)")" }
}
