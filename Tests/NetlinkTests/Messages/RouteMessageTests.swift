import Addresses
import Netlink
import NetlinkTestSupport
import Testing

@Suite("Route messages")
struct RouteMessageTests {
    private let hostRoute = RouteMessage(
        destination: IPv4Network(containing: IPv4Address(10, 0, 0, 7), prefixLength: 32), interfaceIndex: 2,
        routeProtocol: .dhcp, scope: .link)

    @Test("a request is encoded as ip route encodes it")
    func encode() {
        #expect(
            encoded(
                .newRoute, flags: [.request, .acknowledge, .create, .exclusive], sequence: 0x6B03_176D,
                hostRoute)
                == Captures.addRouteRequest)
    }

    @Test("a dump is read as ip route shows it")
    func decode() {
        let routes = replies(in: Captures.routes, as: RouteMessage.self)
        var shown = hostRoute
        shown.flags = .linkDown
        let subnet = RouteMessage(
            destination: IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 24),
            interfaceIndex: 2,
            preferredSource: IPv4Address(10, 0, 0, 1), routeProtocol: .kernel, scope: .link, flags: .linkDown)
        #expect(routes == [subnet, shown])
    }

    @Test("any route decodes to what was encoded")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<5_000 {
            let route = RouteMessage(
                destination: IPv4Network(
                    containing: .random(using: &generator),
                    prefixLength: .random(in: 0...32, using: &generator)),
                interfaceIndex: .maybe(using: &generator),
                gateway: .random() ? .random(using: &generator) : nil,
                preferredSource: .random() ? .random(using: &generator) : nil,
                priority: .maybe(using: &generator),
                table: RouteTable(rawValue: .random() ? 254 : .random(in: 0...(.max), using: &generator)),
                routeProtocol: RouteProtocol(rawValue: .random(in: 0...255, using: &generator)),
                scope: RouteScope(rawValue: .random(in: 0...255, using: &generator)),
                type: RouteType(rawValue: .random(in: 0...255, using: &generator)),
                tos: .random(in: 0...255, using: &generator),
                flags: RouteFlags(rawValue: .random(in: 0...(.max), using: &generator)))
            let message = try #require(encoded(.newRoute, route))
            #expect(replies(in: message) == [route])
        }
    }

    @Test("a message of another type or family is not read as a route")
    func foreign() {
        #expect(replies(in: Captures.neighbours, as: RouteMessage.self).isEmpty)
        var route = Captures.addRouteRequest
        route[16] = 10
        #expect(replies(in: route, as: RouteMessage.self).isEmpty)
    }
}
