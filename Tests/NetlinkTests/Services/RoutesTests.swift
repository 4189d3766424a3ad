import Addresses
import Netlink
import NetlinkTestSupport
import SystemPackage
import Testing

@Suite("Routes, live", .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
final class RoutesTests {
    private let laboratory: Laboratory

    init() throws { laboratory = try Laboratory() }

    private func shown(_ arguments: String = "") throws -> [String] {
        try laboratory.namespace.run("ip route show \(arguments)").split(separator: "\n").map {
            // Versions of ip differ in trailing spaces, and these tests do not care whether there is carrier.
            String($0.replacing(" linkdown", with: "").reversed().drop { $0 == " " }.reversed())
        }
    }

    @Test("a host route is added, found by lookup, refused a second time, and deleted")
    func addAndDelete() throws {
        var routes = try laboratory.openRoutes()
        let route = laboratory.hostRoute(7)
        try routes.add(route)
        #expect(try shown("proto dhcp") == ["10.0.0.7 dev cni0 scope link"])
        let found = try #require(try routes.lookUp(Laboratory.address(7)))
        #expect(found.destination == route.destination)
        #expect(found.routeProtocol == .dhcp)
        #expect(found.interfaceIndex == laboratory.bridge.index)
        #expect(try routes.lookUp(Laboratory.address(8))?.destination == Laboratory.network)
        #expect(try routes.lookUp(IPv4Address(192, 0, 2, 1)) == nil)
        do throws(NetlinkError) {
            try routes.add(route)
            Issue.record("the route was added twice")
        } catch {
            #expect(error.number == .fileExists)
            #expect(error.description.contains("route 10.0.0.7/32 of protocol dhcp on interface"))
        }
        try routes.delete(route)
        #expect(try shown("proto dhcp").isEmpty)
    }

    @Test("a delete that names the protocol spares the routes of other programs")
    func ownership() throws {
        var routes = try laboratory.openRoutes()
        try laboratory.namespace.run("ip route add 10.0.0.7/32 dev cni0")
        do throws(NetlinkError) {
            try routes.delete(laboratory.hostRoute(7))
            Issue.record("somebody else's route was deleted")
        } catch {
            #expect(error.number == .noSuchProcess)
        }
        #expect(try shown("10.0.0.7") == ["10.0.0.7 dev cni0 scope link"])
        try routes.replace(laboratory.hostRoute(7))
        #expect(try shown("10.0.0.7") == ["10.0.0.7 dev cni0 proto dhcp scope link"])
        try routes.delete(laboratory.hostRoute(7, .unspecified))
        #expect(try shown("10.0.0.7").isEmpty)
    }

    @Test("the kernel leaves out the routes that a filter does not match")
    func filters() throws {
        var routes = try laboratory.openRoutes()
        try routes.add(laboratory.hostRoute(7))
        try routes.add(laboratory.hostRoute(8, .static))
        var inTable = laboratory.hostRoute(9)
        inTable.table = RouteTable(rawValue: 1000)
        try routes.add(inTable)
        try laboratory.namespace.run("ip link set lo up")

        let ours = RouteFilter(interfaceIndex: laboratory.bridge.index, routeProtocol: .dhcp)
        #expect(try routes.list(ours).map(\.destination.address) == [Laboratory.address(7)])
        #expect(try routes.list(RouteFilter(routeProtocol: .static)).count == 1)
        #expect(
            try routes.list(RouteFilter(table: RouteTable(rawValue: 1000))).map(\.table.rawValue) == [1000])
        #expect(try routes.list(RouteFilter(table: RouteTable(rawValue: 1001))).isEmpty)
        do throws(NetlinkError) {
            _ = try routes.list(RouteFilter(interfaceIndex: 4711))
            Issue.record("the routes of a missing interface were listed")
        } catch {
            #expect(error.number == .operationNotSupportedByDevice)
        }
        #expect(try routes.list(RouteFilter(table: .local)).contains { $0.type == .local })
        #expect(try routes.list().count == 3)
    }

    @Test("the default route with the lowest metric is found")
    func defaultRoute() throws {
        var routes = try laboratory.openRoutes()
        #expect(try routes.defaultRoute() == nil)
        try laboratory.namespace.run("ip route add default via 10.0.0.3 metric 100")
        try laboratory.namespace.run("ip route add default via 10.0.0.2 metric 50")
        #expect(try routes.defaultRoute()?.gateway == IPv4Address(10, 0, 0, 2))
        #expect(try routes.defaultRoute()?.priority == 50)
    }

    @Test("a route in the local table, as GKE's guest agent makes, is found and deleted")
    func localRoute() throws {
        var routes = try laboratory.openRoutes()
        try laboratory.namespace.run("ip route add local 172.20.100.0/24 dev cni0 table local proto 66")
        let alias = try #require(IPv4Network("172.20.100.0/24"))
        let listed = try routes.list(RouteFilter(table: .local)).filter { $0.destination == alias }
        #expect(listed.map(\.routeProtocol.rawValue) == [66])
        try routes.delete(try #require(listed.first))
        #expect(try shown("table local 172.20.100.0/24").isEmpty)
    }

    @Test("a route on a link that is down is refused with the remedy")
    func linkDown() throws {
        var links = try laboratory.inside { try Links() }
        try links.setDown(laboratory.bridge)
        var routes = try laboratory.openRoutes()
        do throws(NetlinkError) {
            try routes.add(laboratory.hostRoute(7))
            Issue.record("a route was added on a link that is down")
        } catch {
            #expect(error.number == .networkDown)
            #expect(error.description.contains("Set the interface up first."))
        }
    }
}
