import Addresses
import Netlink
import SystemPackage
import Testing

@testable import RouteSync

@Suite("Applying changes")
struct ApplyTests {
    @Test("an installation makes our host route and pins the neighbour")
    func install() throws {
        let scenario = try Scenario()
        #expect(scenario.apply(RouteSyncTests.install(7)) == [.applied])
        let (route, neighbour) = scenario.host.with { ($0.routes[address(7)], $0.neighbours[address(7)]) }
        #expect(route == hostRoute(7, .dhcp))
        #expect(
            neighbour
                == NeighbourMessage(
                    kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .permanent,
                    address: address(7),
                    macAddress: macAddress(7), routeProtocol: .dhcp))
    }

    @Test("a lease through a relay has a route and no neighbour, and an earlier neighbour is removed")
    func withoutNeighbour() throws {
        let scenario = try Scenario()
        scenario.apply(RouteSyncTests.install(7))
        #expect(scenario.apply(RouteSyncTests.install(7, withNeighbour: false)) == [.applied])
        #expect(scenario.ownRoutes == [7])
        #expect(scenario.pinned.isEmpty)
    }

    @Test("a removal deletes the route and the neighbour, and succeeds if they are already gone")
    func remove() throws {
        let scenario = try Scenario()
        scenario.apply(RouteSyncTests.install(7))
        #expect(scenario.apply(RouteSyncTests.remove(7)) == [.applied])
        #expect(scenario.ownRoutes.isEmpty && scenario.pinned.isEmpty)
        #expect(scenario.apply(RouteSyncTests.remove(7)) == [.applied])
    }

    @Test("an address that moves to another client is pinned to the new client's MAC")
    func move() throws {
        let scenario = try Scenario()
        scenario.apply(RouteSyncTests.install(7))
        #expect(scenario.apply(RouteSyncTests.install(7, 8)) == [.applied])
        #expect(scenario.pinned == [7: macAddress(8)])
    }

    @Test("somebody else's route is reported and left alone", arguments: [RouteProtocol.static, .kernel])
    func foreign(routeProtocol: RouteProtocol) throws {
        let scenario = try Scenario()
        let foreign = hostRoute(7, routeProtocol)
        scenario.host.with { $0.routes[address(7)] = foreign }
        let results = scenario.apply(RouteSyncTests.install(7), RouteSyncTests.install(8))
        #expect(results == [.foreign(routeProtocol, interfaceIndex: FakeHost.interfaceIndex), .applied])
        #expect(scenario.host.with { $0.routes[address(7)] } == foreign)
        scenario.apply(RouteSyncTests.remove(7))
        #expect(scenario.host.with { $0.routes[address(7)] } == foreign)
    }

    @Test("a DHCP route on another interface is somebody else's")
    func otherInterface() throws {
        let scenario = try Scenario()
        scenario.host.with { $0.routes[address(7)] = hostRoute(7, .dhcp, interfaceIndex: 3) }
        #expect(scenario.apply(RouteSyncTests.install(7)) == [.foreign(.dhcp, interfaceIndex: 3)])
    }

    @Test("the Go program's route is adopted")
    func adopt() throws {
        let scenario = try Scenario()
        scenario.host.with { $0.routes[address(7)] = hostRoute(7, .boot) }
        #expect(scenario.apply(RouteSyncTests.install(7)) == [.applied])
        #expect(scenario.host.with { $0.routes[address(7)] } == hostRoute(7, .dhcp))
    }

    @Test("a route of protocol boot through a gateway is not the Go program's")
    func bootThroughGateway() throws {
        let scenario = try Scenario()
        var route = hostRoute(7, .boot)
        route.gateway = address(9)
        route.scope = .universe
        scenario.host.with { [route] in $0.routes[address(7)] = route }
        #expect(
            scenario.apply(RouteSyncTests.install(7)) == [
                .foreign(.boot, interfaceIndex: FakeHost.interfaceIndex)
            ])
    }

    @Test("our own route from an earlier run is kept")
    func again() throws {
        let scenario = try Scenario()
        scenario.host.with { $0.routes[address(7)] = hostRoute(7, .dhcp) }
        #expect(scenario.apply(RouteSyncTests.install(7)) == [.applied])
    }

    @Test("an address outside the pool gets no route, but a route of ours to it can be removed")
    func outsidePool() throws {
        let scenario = try Scenario(count: 10)
        #expect(scenario.apply(RouteSyncTests.install(11)) == [.outsidePool])
        #expect(scenario.host.with { $0.messageCount } == 0)
        scenario.host.with {
            $0.routes = [address(11): hostRoute(11, .dhcp), address(12): hostRoute(12, .boot)]
        }
        #expect(scenario.apply(RouteSyncTests.remove(11), RouteSyncTests.remove(12)) == [.applied, .applied])
        #expect(scenario.host.with { $0.routes.keys.map(\.self) } == [address(12)])
    }

    @Test("of several changes to one address in one call, only the last takes effect, and all share its result")
    func coalesce() throws {
        let scenario = try Scenario()
        scenario.host.with { $0.refusals[address(8)] = .notPermitted }
        let results = scenario.apply(
            RouteSyncTests.install(7), RouteSyncTests.install(8), RouteSyncTests.remove(7),
            RouteSyncTests.install(7, 9), RouteSyncTests.remove(8))
        #expect(results == [.applied, .failed(.notPermitted), .applied, .applied, .failed(.notPermitted)])
        #expect(scenario.pinned == [7: macAddress(9)])
        #expect(scenario.host.with { $0.messageCount } == 4)
    }

    @Test("an empty call does nothing")
    func empty() throws {
        let scenario = try Scenario()
        #expect(scenario.sync.apply([]).isEmpty)
        #expect(scenario.host.with { $0.batchCount } == 0)
    }

    @Test("each of many changes gets its own result, wherever the failures are")
    func verdicts() throws {
        let failing: Set<UInt32> = [1, 2, 63, 64, 65, 127, 128, 129, 200, 300]
        let scenario = try Scenario()
        scenario.host.with { state in for number in failing { state.refusals[address(number)] = .invalidArgument } }
        let results = scenario.sync.apply((1...300).map { RouteSyncTests.install($0) })
        for (index, result) in results.enumerated() {
            #expect(result == (failing.contains(UInt32(index + 1)) ? .failed(.invalidArgument) : .applied))
        }
        #expect(scenario.host.with { $0.batchCount } == 5)
        #expect(scenario.ownRoutes.count == 290)
    }

    @Test("after lost verdicts the changes are repeated one by one")
    func lostVerdicts() throws {
        let scenario = try Scenario()
        scenario.host.with { state in
            state.lostVerdicts = 1
            state.refusals[address(5)] = .invalidArgument
            state.routes[address(6)] = hostRoute(6, .static)
        }
        let results = scenario.sync.apply((1...10).map { RouteSyncTests.install($0) })
        var expected = [RouteResult](repeating: .applied, count: 10)
        expected[4] = .failed(.invalidArgument)
        expected[5] = .foreign(.static, interfaceIndex: FakeHost.interfaceIndex)
        #expect(results == expected)
        #expect(scenario.pinned.count == 9)
    }

    @Test("a kernel that never answers is asked only once more")
    func noAnswer() throws {
        let scenario = try Scenario()
        scenario.host.with { $0.lostVerdicts = .max }
        let results = scenario.sync.apply((1...60).map { RouteSyncTests.install($0) })
        #expect(results.allSatisfy { $0 == .failed(.noBufferSpace) })
        #expect(scenario.host.with { $0.batchCount } == 2)
    }

    @Test("without the bridge nothing is installed, and everything counts as removed")
    func missingInterface() throws {
        let scenario = try Scenario()
        scenario.host.with { $0.link = nil }
        let results = scenario.apply(RouteSyncTests.install(7), RouteSyncTests.remove(8))
        #expect(results == [.failed(.operationNotSupportedByDevice), .applied])
    }

    @Test("a bridge that was made anew is found by its name")
    func newIndex() throws {
        let scenario = try Scenario()
        scenario.apply(RouteSyncTests.install(7))
        scenario.host.with { state in
            state.link?.index = 8
            state.routes = [:]
            state.neighbours = [:]
        }
        #expect(scenario.apply(RouteSyncTests.install(9), RouteSyncTests.remove(10)) == [.applied, .applied])
        #expect(scenario.host.with { $0.routes[address(9)]?.interfaceIndex } == 8)
        #expect(scenario.host.with { $0.neighbours[address(9)]?.interfaceIndex } == 8)
    }

    @Test("a failed installation leaves the wanted set as it was")
    func failedInstallation() throws {
        let scenario = try Scenario()
        scenario.apply(RouteSyncTests.install(7))
        scenario.host.with { $0.link?.flags = [] }
        scenario.host.with { $0.routes = [:] }
        #expect(
            scenario.apply(RouteSyncTests.install(7, 8), RouteSyncTests.install(9))
                == [.failed(.networkDown), .failed(.networkDown)])
        scenario.host.with { $0.link?.flags = .up }
        try scenario.reconcile()
        #expect(scenario.ownRoutes == [7])
        #expect(scenario.pinned == [7: macAddress(7)])
    }

    @Test("if a route is in the way but cannot be looked up, the change fails, and a reconciliation follows")
    func policyRule() throws {
        let scenario = try Scenario()
        scenario.host.with { state in
            state.routes[address(7)] = hostRoute(7, .dhcp)
            state.hasPolicyRule = true
        }
        #expect(scenario.apply(RouteSyncTests.install(7)) == [.failed(.fileExists)])
        #expect(scenario.sync.withState { $0.takeRequest() })
        // Nobody wants the old route, so it goes, and the next attempt succeeds.
        try scenario.reconcile()
        #expect(scenario.apply(RouteSyncTests.install(7)) == [.applied])
    }

    @Test("a failed removal is followed by a reconciliation, in case nobody asks for it again")
    func failedRemoval() throws {
        let scenario = try Scenario()
        scenario.apply(RouteSyncTests.install(7))
        scenario.host.with { $0.refusals[address(7)] = .noBufferSpace }
        #expect(scenario.apply(RouteSyncTests.remove(7)) == [.failed(.noBufferSpace)])
        #expect(scenario.sync.withState { $0.takeRequest() })
        scenario.host.with { $0.refusals = [:] }
        try scenario.reconcile()
        #expect(scenario.ownRoutes == [])
    }
}
