import Addresses
import Netlink
import NetlinkTestSupport
import SystemPackage
import Testing

@testable import RouteSync

@Suite(
    "Routes in the kernel, live",
    .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
struct RouteSyncLiveTests {
    @Test("an installed address has a host route and a pinned neighbour, and neither once it is removed")
    func installAndRemove() throws {
        let scenario = try LiveScenario()
        #expect(scenario.install(7...9) == [.applied, .applied, .applied])
        #expect(try scenario.routes() == scenario.expected(7...9))
        #expect(try scenario.pinned() == scenario.expectedPinned(7...9))
        #expect(try scenario.run("ip neigh show 10.0.0.7").contains("lladdr 02:00:00:00:00:07"))
        #expect(scenario.remove(7...8) == [.applied, .applied])
        #expect(try scenario.routes() == scenario.expected([9]))
        #expect(try scenario.pinned() == scenario.expectedPinned([9]))
        #expect(scenario.remove(7...8) == [.applied, .applied])
    }

    @Test("somebody else's route is reported and stays, the Go program's is adopted")
    func ownership() throws {
        let scenario = try LiveScenario()
        try scenario.run("ip route add 10.0.0.7/32 dev cni0 proto static")
        try scenario.run(
            "ip link add cni1 type bridge && ip link set cni1 up && ip route add 10.0.0.8/32 dev cni1")
        try scenario.run("ip route add 10.0.0.9/32 dev cni0")
        let results = scenario.install(7...9)
        #expect(results[0] == .foreign(.static, interfaceIndex: scenario.laboratory.bridge.index))
        guard case .foreign(.boot, _) = results[1] else {
            Issue.record("a route on another bridge was not reported as foreign: \(results[1])")
            return
        }
        #expect(results[2] == .applied)
        #expect(try scenario.run("ip route show 10.0.0.7").contains("proto static"))
        #expect(try scenario.run("ip route show 10.0.0.8").contains("dev cni1"))
        #expect(try scenario.run("ip route show 10.0.0.9").contains("proto dhcp"))
        _ = scenario.remove(7...9)
        #expect(try scenario.run("ip route show 10.0.0.7").contains("proto static"))
        #expect(try scenario.run("ip route show 10.0.0.8").contains("dev cni1"))
        #expect(try scenario.run("ip route show 10.0.0.9").isEmpty)
    }

    @Test("what was left over from before is reconciled: added, adopted, replaced and removed")
    func leftOvers() throws {
        let scenario = try LiveScenario()
        try scenario.run("ip route add 10.0.0.7/32 dev cni0")
        try scenario.run("ip route add 10.0.0.8/32 dev cni0 proto dhcp")
        try scenario.run(
            "ip neigh add 10.0.0.8 lladdr 02:00:00:00:00:08 dev cni0 nud permanent protocol dhcp")
        try scenario.run("ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev cni0 nud stale protocol dhcp")
        try scenario.run("ip route add 10.0.0.10/32 dev cni0 proto static")
        for number: UInt32 in [7, 9, 10] {
            #expect(scenario.sync.expect(Laboratory.address(number), macAddress(number), withNeighbour: true))
        }
        scenario.reconcile()
        #expect(try scenario.routes() == scenario.expected([7, 9]))
        #expect(try scenario.pinned() == scenario.expectedPinned([7, 9, 10]))
        #expect(try scenario.run("ip neigh show 10.0.0.9").contains("02:00:00:00:00:09"))
        guard case .reconciled(let report, nil) = scenario.events.last else {
            Issue.record("the last event is not a report")
            return
        }
        #expect(report.adoptedRoutes == 1)
        #expect(report.addedRoutes == 1)
        #expect(report.removedRoutes == 1)
        #expect(report.pinnedNeighbours == 3)
        #expect(report.removedNeighbours == 1)
        #expect(report.foreignExamples.map(\.address) == [Laboratory.address(10)])
        #expect(report.failures == 0)
    }

    @Test("a clean stop keeps the routes and makes the neighbours stale; the next start pins them again")
    func leave() throws {
        let scenario = try LiveScenario()
        _ = scenario.install(7...9)
        #expect(scenario.sync.leave() == 0)
        #expect(try scenario.routes() == scenario.expected(7...9))
        #expect(try scenario.pinned().isEmpty)
        #expect(try scenario.run("ip neigh show 10.0.0.7").contains("STALE"))
        scenario.reconcile()
        #expect(try scenario.pinned() == scenario.expectedPinned(7...9))
    }

    @Test("a teardown removes our routes and neighbours, and nobody else's")
    func tearDown() throws {
        let scenario = try LiveScenario()
        _ = scenario.install(7...9)
        try scenario.run("ip route add 10.0.0.10/32 dev cni0 proto static")
        scenario.tearDown()
        #expect(try scenario.routes().isEmpty)
        #expect(try scenario.pinned().isEmpty)
        #expect(try scenario.run("ip route show 10.0.0.10").contains("proto static"))
    }

    @Test("a link that is down refuses routes, and a missing one too")
    func noLink() throws {
        let scenario = try LiveScenario()
        _ = scenario.install([7])
        try scenario.run("ip link set cni0 down")
        #expect(scenario.install([8]) == [.failed(.networkDown)])
        try scenario.run("ip link del cni0")
        #expect(scenario.install([8]) == [.failed(.operationNotSupportedByDevice)])
        #expect(scenario.remove([7]) == [.applied])
        try scenario.run("ip link add cni0 type bridge && ip link set cni0 up")
        #expect(scenario.install([8]) == [.applied])
        #expect(try scenario.routes() == scenario.expected([8]))
    }
}
