package import Addresses
package import Netlink
import SystemPackage

/// Routes in the table `local` to a network of VMs, on NICs. The guest agent of gke creates them for alias ranges.
package struct NodeLocalRoutes: Equatable, Sendable {
    private var routes: [RouteMessage] = []

    package init() {}

    package var isEmpty: Bool { routes.isEmpty }

    /// One line per route.
    package var lines: [String] {
        routes.map { "local \($0.destination) of protocol \($0.routeProtocol)" }
    }

    /// Whether the notification reports a change that may have created such a route.
    package static func concerns(_ notification: RouteNetlinkNotification, _ network: IPv4Network) -> Bool {
        guard case .changed(.route(let route), _) = notification else { return false }
        return isLocal(route, to: network)
    }

    private static func isLocal(_ route: RouteMessage, to network: IPv4Network) -> Bool {
        route.table == .local && route.type == .local && route.routeProtocol != .kernel
            && network.overlaps(route.destination)
    }

    /// Reads such routes of this node. They do not include the routes that the kernel creates for an interface's own
    /// address.
    package static func read(
        of network: IPv4Network, on interfaces: NodeInterfaces
    ) throws(NodeError) -> NodeLocalRoutes {
        let bridges = interfaces.byName.values.filter { $0.kind == "bridge" }.map(\.index)
        do throws(NetlinkError) {
            var kernel = try Routes()
            var found = NodeLocalRoutes()
            found.routes = try kernel.list(RouteFilter(table: .local)).filter { route in
                isLocal(route, to: network)
                    && route.interfaceIndex.map { !bridges.contains($0) } ?? false
            }
            return found
        } catch {
            throw NodeError(error)
        }
    }

    /// Removes the routes. A route that no longer exists is not an error.
    package func remove() throws(NetlinkError) {
        var kernel = try Routes()
        for route in routes {
            do throws(NetlinkError) {
                try kernel.delete(route)
            } catch let error where error.number == .noSuchProcess {}
        }
    }
}
