public import Addresses
import SystemPackage

/// The IPv4 routes of a namespace.
public struct Routes: ~Copyable, Sendable {
    private var socket: RouteNetlinkSocket

    /// Opens a socket in the network namespace of the calling thread.
    public init() throws(NetlinkError) { socket = try RouteNetlinkSocket() }

    /// The routes that `filter` selects.
    public mutating func list(_ filter: RouteFilter = RouteFilter()) throws(NetlinkError) -> [RouteMessage] {
        try socket.routes(matching: filter)
    }

    /// The default route with the lowest metric, or nil if there is none.
    public mutating func defaultRoute() throws(NetlinkError) -> RouteMessage? {
        try list().filter { $0.destination.prefixLength == 0 && $0.type == .unicast }
            .min { ($0.priority ?? 0) < ($1.priority ?? 0) }
    }

    /// The route that a packet to `address` takes, as its routing table has it, or nil if there is none.
    public mutating func lookUp(_ address: IPv4Address) throws(NetlinkError) -> RouteMessage? {
        try socket.route(to: address)
    }

    /// What the kernel does with a packet that arrives: the route by which it delivers or forwards it, after the checks of
    /// `forwarding` and `rp_filter`.
    /// - Throws: `.noRouteToHost` if the kernel does not forward it, `.invalidArgument` or `.improperLink` if it
    ///   refuses the source, `.networkUnreachable` if there is no route.
    public mutating func route(ofArriving packet: ArrivalLookup) throws(NetlinkError) -> RouteMessage? {
        try socket.get("look up the route from \(packet.source) to \(packet.destination)", .getRoute, packet)
    }

    /// Adds a route.
    /// - Throws: `.fileExists` if a route to the same destination with the same metric exists, whoever created it.
    public mutating func add(_ route: RouteMessage) throws(NetlinkError) {
        try socket.perform("add \(route.title)", .newRoute, flags: [.create, .exclusive], route)
    }

    /// Adds a route. It replaces a route to the same destination with the same metric, whoever created that one.
    public mutating func replace(_ route: RouteMessage) throws(NetlinkError) {
        try socket.perform("replace \(route.title)", .newRoute, flags: [.create, .replace], route)
    }

    /// Deletes the first route that matches everything that `route` specifies. The protocol protects the routes of
    /// other programs; with `.unspecified` the route is deleted whoever created it.
    /// - Throws: `.noSuchProcess` if there is no such route.
    public mutating func delete(_ route: RouteMessage) throws(NetlinkError) {
        try socket.perform("delete \(route.title)", .deleteRoute, route)
    }
}

extension RouteNetlinkSocket {
    /// The routes that `filter` selects.
    public mutating func routes(matching filter: RouteFilter) throws(NetlinkError) -> [RouteMessage] {
        do throws(NetlinkError) {
            return try dump("list the routes", .getRoute, filter)
        } catch {
            // The kernel reports this for a table that was never used.
            guard error.number == .noSuchFileOrDirectory else { throw error }
            return []
        }
    }

    /// The route that a packet to `address` takes, as its routing table has it, or nil if there is none.
    public mutating func route(to address: IPv4Address) throws(NetlinkError) -> RouteMessage? {
        do throws(NetlinkError) {
            return try get("look up the route to \(address)", .getRoute, RouteLookup(address: address))
        } catch {
            guard error.number == .networkUnreachable else { throw error }
            return nil
        }
    }
}

extension RouteMessage {
    /// The route's name in errors: "route 10.0.0.0/24 of protocol dhcp on interface 3".
    var title: String {
        var text = "route \(destination) of protocol \(routeProtocol)"
        if let gateway { text += " via \(gateway)" }
        if let interfaceIndex { text += " on interface \(interfaceIndex)" }
        if table != .main { text += " in table \(table.rawValue)" }
        return text
    }
}
