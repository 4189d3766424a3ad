internal import CNetlink
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A subscription to changes of the kernel's tables.
///
/// It never blocks: wait until ``fileDescriptor`` is readable, then call ``next()`` until it returns nil.
public struct RouteNetlinkWatch: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private var received: [UInt8]

    /// A notification is about one object. Those about links are the longest, with a few KiB.
    private static let receiveByteCapacity = 32 << 10

    /// Subscribes in the network namespace of the calling thread.
    /// - Parameter types: the changes to report, such as `.newRoute` and `.deleteRoute`.
    /// - Parameter neighbours: which of the two neighbour tables to watch.
    /// - Parameter routeTable: the only routing table to watch; nil for all tables.
    /// - Parameter ignoredPorts: the sockets (``RouteNetlinkSocket/portID``) whose own changes are not reported.
    public init(
        types: [NetlinkMessageType], neighbours: NeighbourKind = .ipv4, routeTable: RouteTable? = nil,
        ignoredPorts: [UInt32] = [], receiveQueueByteCount: Int32 = 4 << 20
    ) throws(NetlinkError) {
        do throws(SystemError) {
            let filter = NotificationFilter(
                types: types, neighbours: neighbours, routeTable: routeTable, ignoredPorts: ignoredPorts)
            descriptor = try Self.open(types, filter, receiveQueueByteCount)
        } catch {
            throw NetlinkError("watch the kernel's routing tables", error.code)
        }
        received = [UInt8](repeating: 0, count: Self.receiveByteCapacity)
    }

    /// For poll and epoll: readable while notifications are queued. It is closed with the watch.
    public var fileDescriptor: Int32 { descriptor.rawValue }

    /// Takes the next notification; nil if none is queued.
    public mutating func next() throws(NetlinkError) -> RouteNetlinkNotification? {
        while true {
            let byteCount: Int
            do throws(SystemError) {
                byteCount = try NetlinkSystem.receive(descriptor, into: &received)
            } catch {
                switch error.code {
                case .resourceTemporarilyUnavailable: return nil
                case .noBufferSpace, .messageTooLong: return .lost
                default: throw NetlinkError("read notifications of the kernel's routing tables", error.code)
                }
            }
            // The kernel sends each notification as a datagram of its own.
            var messages = MessageReader(received.span.extracting(first: byteCount))
            if let message = messages.next(), let notification = RouteNetlinkNotification(message) {
                return notification
            }
        }
    }

    private static func open(
        _ types: [NetlinkMessageType], _ filter: NotificationFilter, _ receiveQueueByteCount: Int32
    ) throws(SystemError) -> OwnedDescriptor {
        let socket = try NetlinkSystem.openSocket(nonblocking: true)
        try NetlinkSystem.setReceiveQueue(socket, byteCount: receiveQueueByteCount)
        // Attach the filter before joining the groups, so that nothing unwanted is ever queued.
        try filter.program.attach(to: socket.rawValue)
        _ = try NetlinkSystem.bindToFreePort(socket)
        for group in Set(types.compactMap(group)) {
            try SystemCall.setsockopt(socket.rawValue, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        }
        return socket
    }

    private static func group(of type: NetlinkMessageType) -> UInt32? {
        if type.isLink { return RTNLGRP_LINK.rawValue }
        if type.isNeighbour { return RTNLGRP_NEIGH.rawValue }
        if type.isAddress { return RTNLGRP_IPV4_IFADDR.rawValue }
        if type.isRoute { return RTNLGRP_IPV4_ROUTE.rawValue }
        if type == .newSettings { return RTNLGRP_IPV4_NETCONF.rawValue }
        return nil
    }
}

/// A notification of a ``RouteNetlinkWatch``.
public enum RouteNetlinkNotification: Hashable, Sendable {
    /// An object was created or changed by the socket with this netlink port; 0 is the kernel itself.
    case changed(Subject, byPort: UInt32)
    /// An object was removed.
    case removed(Subject, byPort: UInt32)
    /// The queue overflowed, and any number of notifications is missing. The kernel silently drops further ones until
    /// the queue is empty, so take the remaining ones first and then read the tables.
    case lost

    /// The object that a notification is about.
    public enum Subject: Hashable, Sendable {
        case link(LinkMessage)
        case address(AddressMessage)
        case route(RouteMessage)
        case neighbour(NeighbourMessage)
        case settings(SettingsMessage)
    }

    /// Nil if this module does not parse messages of that type or family.
    public init?(_ message: borrowing NetlinkMessageView) {
        let type = message.header.type
        let subject: Subject? =
            if type.isLink {
                LinkMessage(message).map(Subject.link)
            } else if type.isAddress {
                AddressMessage(message).map(Subject.address)
            } else if type.isRoute {
                RouteMessage(message).map(Subject.route)
            } else if type == .newSettings {
                SettingsMessage(message).map(Subject.settings)
            } else {
                NeighbourMessage(message).map(Subject.neighbour)
            }
        guard let subject else { return nil }
        let removals: Bool =
            type == .deleteLink || type == .deleteAddress || type == .deleteRoute || type == .deleteNeighbour
        let portID = message.header.portID
        self = removals ? .removed(subject, byPort: portID) : .changed(subject, byPort: portID)
    }
}
