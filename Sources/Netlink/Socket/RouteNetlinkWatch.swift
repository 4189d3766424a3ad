internal import CNetlink
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// A subscription to what changes in the kernel's tables.
///
/// It never blocks: wait until ``fileDescriptor`` can be read, then take notifications until there are none.
public struct RouteNetlinkWatch: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private var received: [UInt8]

    /// One notification is about one object; a link's is the longest, with a few KiB.
    private static let receiveByteCapacity = 32 << 10

    /// Subscribes in the network namespace of the calling thread.
    /// - Parameter types: the changes to hear of, such as `.newRoute` and `.deleteRoute`.
    /// - Parameter neighbours: which of the two tables neighbour messages are heard from.
    /// - Parameter routeTable: the one table that routes are heard of from; nil for all.
    /// - Parameter ignoredPorts: the sockets (``RouteNetlinkSocket/portID``) whose own changes are not to be
    ///   heard of.
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

    /// For poll and epoll; readable while notifications wait. It is closed with the watch.
    public var fileDescriptor: Int32 { descriptor.rawValue }

    /// Takes the next notification; nil when none waits.
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
        // Filter first, then join, so that nothing unwanted is ever queued.
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
        return nil
    }
}

/// What a watch has to tell.
public enum RouteNetlinkNotification: Hashable, Sendable {
    /// Something was made or changed, by the socket with this port; 0 is the kernel itself.
    case changed(Subject, byPort: UInt32)
    /// Something was removed.
    case removed(Subject, byPort: UInt32)
    /// The queue overflowed: any number of notifications is missing. Further ones are dropped without a word
    /// until the queue is empty, so take the rest first and then look at the tables.
    case lost

    /// What a notification is about.
    public enum Subject: Hashable, Sendable {
        case link(LinkMessage)
        case address(AddressMessage)
        case route(RouteMessage)
        case neighbour(NeighbourMessage)
    }

    /// Nil if the message is of a type or family that has no typed form here.
    public init?(_ message: borrowing NetlinkMessageView) {
        let type = message.header.type
        let subject: Subject? =
            if type.isLink {
                LinkMessage(message).map(Subject.link)
            } else if type.isAddress {
                AddressMessage(message).map(Subject.address)
            } else if type.isRoute {
                RouteMessage(message).map(Subject.route)
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
