public import Addresses
import SystemPackage

/// The network interfaces of a namespace.
///
/// Changes take the link as it was found, so that errors can name it; they go by its index.
public struct Links: ~Copyable, Sendable {
    private var socket: RouteNetlinkSocket

    /// Opens a socket in the network namespace of the calling thread.
    public init() throws(NetlinkError) { socket = try RouteNetlinkSocket() }
}

// MARK: Looking

extension Links {
    /// All links, or all ports of one bridge.
    public mutating func list(portsOf bridge: LinkMessage? = nil) throws(NetlinkError) -> [LinkMessage] {
        try socket.dump("list the interfaces", .getLink, LinkFilter(masterIndex: bridge?.index))
    }

    /// The link of that name, nil if there is none.
    public mutating func find(named name: String) throws(NetlinkError) -> LinkMessage? {
        try socket.link(named: name)
    }

    /// The link of that index, nil if there is none.
    public mutating func find(index: UInt32) throws(NetlinkError) -> LinkMessage? {
        try socket.link(LinkMessage(index: index), "find interface \(index)")
    }

    /// The link with that address, nil if there is none. Of several, a real device comes before bridges and
    /// VLANs on top of it.
    public mutating func find(macAddress: MACAddress) throws(NetlinkError) -> LinkMessage? {
        let matches = try list().filter { $0.macAddress == macAddress }
        return matches.first { $0.kind == nil } ?? matches.first
    }

    /// The link of that name.
    /// - Throws: an error that names it if there is none.
    public mutating func get(named name: String) throws(NetlinkError) -> LinkMessage {
        guard let link = try find(named: name) else {
            throw NetlinkError("find interface \(name)", .operationNotSupportedByDevice)
        }
        return link
    }
}

// MARK: Making and removing

extension Links {
    /// Makes a bridge, switched off. A bridge without an address of its own takes the lowest of its ports',
    /// so give it one.
    /// - Throws: `.fileExists` if anything has that name.
    public mutating func createBridge(
        _ name: String, macAddress: MACAddress? = nil
    ) throws(NetlinkError) -> LinkMessage {
        try create(LinkMessage(name: name, macAddress: macAddress, kind: .bridge))
    }

    /// Makes two links that are each other's wire; `peer` may live in another namespace.
    /// - Parameter master: the bridge that the first end becomes a port of.
    /// - Parameter isUp: whether the first end is switched on at once.
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

    /// Makes a link as `link` tells, and returns what the kernel made of it.
    /// - Precondition: it has a name.
    public mutating func create(_ link: LinkMessage) throws(NetlinkError) -> LinkMessage {
        guard let name = link.name else { preconditionFailure("a link is made with a name") }
        try socket.perform(
            "create \(link.kind?.rawValue ?? "interface") \(name)", .newLink, flags: [.create, .exclusive],
            link)
        return try get(named: name)
    }

    public mutating func delete(_ link: LinkMessage) throws(NetlinkError) {
        try socket.perform("delete \(link.title)", .deleteLink, LinkMessage(index: link.index))
    }

    /// Deletes all links of a group at once: the kernel waits once for the last of their users, not once for each.
    /// - Precondition: the group is not 0, which every link is in that was put into no other.
    public mutating func delete(group: UInt32) throws(NetlinkError) {
        precondition(group != 0, "group 0 is everything else")
        try socket.perform("delete the interfaces of group \(group)", .deleteLink, LinkMessage(group: group))
    }
}

// MARK: Changing

extension Links {
    /// Switches a link on.
    public mutating func setUp(_ link: LinkMessage) throws(NetlinkError) {
        try change(link, "set \(link.title) up", LinkMessage(flags: .up, changedFlags: .up))
    }

    /// Switches a link off. The kernel drops all its routes without a notification.
    public mutating func setDown(_ link: LinkMessage) throws(NetlinkError) {
        try change(link, "set \(link.title) down", LinkMessage(changedFlags: .up))
    }

    public mutating func setMACAddress(_ link: LinkMessage, _ macAddress: MACAddress) throws(NetlinkError) {
        try change(link, "give \(link.title) the address \(macAddress)", LinkMessage(macAddress: macAddress))
    }

    public mutating func setMTU(_ link: LinkMessage, _ mtu: UInt32) throws(NetlinkError) {
        try change(link, "give \(link.title) the MTU \(mtu)", LinkMessage(mtu: mtu))
    }

    /// Makes a link a port of `bridge`, or of none.
    public mutating func setMaster(_ link: LinkMessage, _ bridge: LinkMessage?) throws(NetlinkError) {
        try change(
            link, "make \(link.title) a port of \(bridge?.title ?? "no bridge")",
            LinkMessage(masterIndex: bridge?.index ?? 0))
    }

    /// Changes how the bridge treats a port; what is nil in `settings` stays.
    public mutating func setBridgePort(_ link: LinkMessage, _ settings: BridgePort) throws(NetlinkError) {
        try change(link, "change the bridge port \(link.title)", LinkMessage(bridgePort: settings))
    }

    /// Moves a link to another namespace, where it is switched off and may get another index.
    /// - Parameter namespaceDescriptor: an open descriptor of it, such as
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
        // RTM_SETLINK ignores what is in IFLA_LINKINFO; RTM_NEWLINK without NLM_F_CREATE changes all of it.
        try socket.perform(operation(), .newLink, change)
    }
}

extension RouteNetlinkSocket {
    /// The link of that name, nil if there is none.
    public mutating func link(named name: String) throws(NetlinkError) -> LinkMessage? {
        try link(LinkMessage(name: name), "find interface \(name)")
    }

    /// The link that `query` names, nil if there is none.
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
    /// What errors call the link: "interface eth1".
    var title: String { "interface \(name ?? "\(index)")" }
}
