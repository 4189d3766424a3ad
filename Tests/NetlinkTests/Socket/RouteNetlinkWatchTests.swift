import Addresses
import Netlink
import NetlinkTestSupport
import Testing

@Suite("Watching, live", .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
final class RouteNetlinkWatchTests {
    private let laboratory: Laboratory

    init() throws { laboratory = try Laboratory() }

    /// Reads all queued notifications. The kernel queues a notification before the change that caused it returns, so
    /// there is nothing to wait for.
    private func notifications(_ watch: inout RouteNetlinkWatch) throws -> [RouteNetlinkNotification] {
        var notifications: [RouteNetlinkNotification] = []
        while let notification = try watch.next() { notifications.append(notification) }
        return notifications
    }

    @Test("changes by others are reported, with the netlink port that made them")
    func others() throws {
        var watch = try laboratory.inside { try RouteNetlinkWatch(types: [.newRoute, .deleteRoute]) }
        #expect(try notifications(&watch).isEmpty)
        var socket = try laboratory.openSocket()
        var route = laboratory.hostRoute(7)
        try socket.perform("add", .newRoute, flags: .create, route)
        try socket.perform("delete", .deleteRoute, route)
        route.flags = .linkDown
        let seen = try notifications(&watch)
        #expect(
            seen == [
                .changed(.route(route), byPort: socket.portID),
                .removed(.route(route), byPort: socket.portID),
            ])
    }

    @Test("our own changes are not reported, and neither are other types and tables")
    func filtered() throws {
        var socket = try laboratory.openSocket()
        let ownPort = socket.portID
        var watch = try laboratory.inside {
            try RouteNetlinkWatch(types: [.deleteRoute, .deleteNeighbour], ignoredPorts: [1, ownPort, 2])
        }
        try socket.perform("add", .newRoute, flags: .create, laboratory.hostRoute(7))
        try socket.perform("delete", .deleteRoute, laboratory.hostRoute(7))
        try laboratory.namespace.run("ip route add 10.0.0.8/32 dev cni0 && ip route del 10.0.0.8/32 dev cni0")
        try laboratory.namespace.run("bridge fdb add 02:00:00:00:00:08 dev cni0 self")
        try laboratory.namespace.run("bridge fdb del 02:00:00:00:00:08 dev cni0 self")
        try laboratory.namespace.run(
            "ip -6 route add 2001:db8::/64 dev cni0 && ip -6 route del 2001:db8::/64 dev cni0")
        let seen = try notifications(&watch)
        #expect(seen.count == 1)
        guard case .removed(.route(let route), let port) = seen.first else {
            Issue.record("the removal by ip route was not reported")
            return
        }
        #expect(route.destination == IPv4Network("10.0.0.8/32"))
        #expect(port != ownPort)
    }

    @Test("a watch of one table reports only the routes of that table, but every link")
    func oneTable() throws {
        var watch = try laboratory.inside { try RouteNetlinkWatch(types: [.newRoute, .newLink], routeTable: .local) }
        try laboratory.namespace.run("ip route add 10.0.0.8/32 dev cni0")
        try laboratory.namespace.run("ip route add local 10.0.0.9/32 dev lo table local")
        try laboratory.namespace.run("ip link set cni0 mtu 1400")
        let seen = try notifications(&watch)
        let routes = seen.compactMap { notification -> IPv4Network? in
            if case .changed(.route(let route), _) = notification { route.destination } else { nil }
        }
        #expect(routes == [IPv4Network("10.0.0.9/32")])
        #expect(seen.count > 1)
    }

    @Test("changes of links, neighbours and addresses are reported")
    func linksAndNeighbours() throws {
        var watch = try laboratory.inside {
            try RouteNetlinkWatch(types: [.newLink, .deleteLink, .newNeighbour, .newAddress])
        }
        try laboratory.namespace.run("ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev cni0 nud permanent")
        try laboratory.namespace.run("ip addr add 192.168.7.1/24 dev cni0")
        try laboratory.namespace.run("ip link set cni0 down")
        try laboratory.namespace.run("ip link del cni0")
        var told: [String] = []
        for notification in try notifications(&watch) {
            switch notification {
            case .changed(.neighbour(let neighbour), _) where neighbour.state == .permanent:
                told.append("pinned")
            case .changed(.address, _): told.append("address")
            case .changed(.link(let link), _) where !link.isUp: told.append("down")
            case .removed(.link(let link), _): told.append("removed \(link.name ?? "")")
            default: continue
            }
        }
        #expect(told.first == "pinned")
        #expect(told.contains("address"))
        #expect(told.contains("down"))
        #expect(told.last == "removed cni0")
    }

    @Test("a watch reports settings with their interface, and those of all interfaces")
    func settings() throws {
        var watch = try laboratory.inside { try RouteNetlinkWatch(types: [.newSettings]) }
        try laboratory.namespace.run("echo 1 > /proc/sys/net/ipv4/conf/cni0/rp_filter")
        try laboratory.namespace.run("echo 1 > /proc/sys/net/ipv4/conf/default/rp_filter")
        try laboratory.namespace.run("echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter")
        let index = UInt32(try laboratory.namespace.run("ip -o link show cni0").prefix { $0 != ":" }) ?? 0
        let scopes = try notifications(&watch).compactMap { notification -> SettingsMessage.Scope? in
            if case .changed(.settings(let settings), _) = notification { settings.scope } else { nil }
        }
        #expect(scopes == [.interface(index), .default, .all])
    }

    @Test("a watch reports a change of iptables-nft's rules, and not that somebody reads them")
    func rules() throws {
        var watch = try laboratory.inside { try RuleWatch() }
        var told: [Bool] = []
        for command in [
            "true", "iptables-nft -A FORWARD -j ACCEPT", "true", "iptables-nft-save", "iptables-nft -F FORWARD",
        ] {
            try laboratory.namespace.run(command)
            told.append(try watch.takeAll())
        }
        #expect(told == [false, true, false, false, true])
    }

    @Test("a queue that overflows reports the loss once, and goes on")
    func overflow() throws {
        var watch = try laboratory.inside {
            try RouteNetlinkWatch(types: [.newRoute], receiveQueueByteCount: 1)
        }
        var socket = try laboratory.openSocket()
        var batch = RequestBatch()
        for number: UInt32 in 0..<100 {
            _ = batch.append(.newRoute, flags: .create, laboratory.hostRoute(number))
        }
        try socket.perform(&batch)
        let seen = try notifications(&watch)
        #expect(seen.count { $0 == .lost } == 1)
        #expect(seen.count < 100)
        try socket.perform("add", .newRoute, flags: .create, laboratory.hostRoute(200))
        #expect(try notifications(&watch).count == 1)
    }
}
