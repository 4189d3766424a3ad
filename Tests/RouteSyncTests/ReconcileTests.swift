import Addresses
import Netlink
import NetlinkTestSupport
import Synchronization
import SystemPackage
import Testing

@testable import RouteSync

@Suite("Reconciling")
struct ReconcileTests {
    @Test("wanted entries are added, unwanted ones are removed, and the rest is not touched")
    func difference() throws {
        let scenario = try Scenario()
        for number: UInt32 in 1...4 {
            #expect(scenario.sync.expect(address(number), macAddress(number), withNeighbour: number != 4))
        }
        #expect(!scenario.sync.expect(address(4000), macAddress(1), withNeighbour: true))
        scenario.host.with { state in
            for number: UInt32 in [2, 9] {
                state.routes[address(number)] = hostRoute(number, .dhcp)
                state.neighbours[address(number)] = neighbour(number)
            }
            state.neighbours[address(3)] = neighbour(3, mac: 99)
            state.neighbours[address(4)] = neighbour(4)
            state.neighbours[address(50)] = NeighbourMessage(
                kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .reachable, address: address(50),
                macAddress: macAddress(50))
        }
        let report = try scenario.reconcile()
        #expect(scenario.ownRoutes == [1, 2, 3, 4])
        #expect(scenario.pinned == [1: macAddress(1), 2: macAddress(2), 3: macAddress(3)])
        // A neighbour that the kernel has learned is not ours to remove.
        #expect(scenario.host.with { $0.neighbours[address(50)] } != nil)
        var expected = ReconcileReport()
        expected.wantedRoutes = 4
        expected.addedRoutes = 3
        expected.removedRoutes = 1
        expected.pinnedNeighbours = 2
        expected.removedNeighbours = 2
        expected.brokenSlots = [0, 2, 3, 8]
        #expect(report == expected)

        let messageCount = scenario.host.with { $0.messageCount }
        #expect(try scenario.reconcile().changeCount == 0)
        #expect(scenario.host.with { $0.messageCount } == messageCount)
    }

    @Test("the Go program's routes are adopted if they are wanted, and removed if not")
    func adopt() throws {
        let scenario = try Scenario()
        _ = scenario.sync.expect(address(1), macAddress(1), withNeighbour: false)
        scenario.host.with { state in
            for number: UInt32 in [1, 2, 400] { state.routes[address(number)] = hostRoute(number, .boot) }
        }
        let report = try scenario.reconcile()
        #expect(report.adoptedRoutes == 1)
        #expect(report.removedRoutes == 1)
        #expect(scenario.ownRoutes == [1])
        // A route outside the pool cannot be the Go program's.
        #expect(scenario.host.with { $0.routes.count } == 2)
    }

    @Test("somebody else's routes are left alone, and reported where they are in the way")
    func foreign() throws {
        let scenario = try Scenario()
        for number: UInt32 in 1...2 {
            _ = scenario.sync.expect(address(number), macAddress(number), withNeighbour: false)
        }
        scenario.host.with { state in
            state.routes[address(1)] = hostRoute(1, .static)
            // This one is on another interface, so only the attempt to add our route finds it.
            state.routes[address(2)] = hostRoute(2, .static, interfaceIndex: 3)
            state.routes[address(3)] = hostRoute(3, .static)
        }
        let report = try scenario.reconcile()
        #expect(report.foreignRoutes == 2)
        #expect(report.foreignExamples.map(\.interfaceIndex).contains(3))
        #expect(report.changeCount == 0)
        #expect(scenario.host.with { $0.routes.count } == 3)
    }

    @Test("changes that are applied between the dump and the write are left alone")
    func concurrentCommit() throws {
        let scenario = try Scenario()
        for number: UInt32 in 1...2 {
            _ = scenario.sync.expect(address(number), macAddress(number), withNeighbour: true)
        }
        scenario.host.with { $0.routes[address(3)] = hostRoute(3, .dhcp) }
        let sync = scenario.sync
        scenario.host.onNeighbourDump.withLock {
            $0 = { _ = sync.apply([remove(1), install(2, 8), install(3), install(4)]) }
        }
        try scenario.reconcile()
        #expect(scenario.ownRoutes == [2, 3, 4])
        #expect(scenario.pinned == [2: macAddress(8), 3: macAddress(3), 4: macAddress(4)])
    }

    @Test("progress is reported on the way and at the end")
    func progress() throws {
        let scenario = try Scenario(count: 5000)
        for number: UInt32 in 1...5000 {
            _ = scenario.sync.expect(address(number), macAddress(number), withNeighbour: true)
        }
        var reconciler = Reconciler(scenario.sync, reader: scenario.host.connection)
        var steps: [Int] = []
        let report = try reconciler.reconcile(interfaceIndex: FakeHost.interfaceIndex) { done, total in
            steps.append(done)
            #expect(total == 10_000)
        }
        #expect(steps == [4096, 8192, 10_000])
        #expect(report.addedRoutes == 5000)
        #expect(report.pinnedNeighbours == 5000)
    }

    @Test("refusals are counted, and the first reason is reported")
    func refusals() throws {
        let scenario = try Scenario()
        for number: UInt32 in 1...3 {
            _ = scenario.sync.expect(address(number), macAddress(number), withNeighbour: false)
        }
        scenario.host.with { $0.refusals = [address(2): .notPermitted, address(3): .invalidArgument] }
        let report = try scenario.reconcile()
        #expect(report.failures == 2)
        #expect(report.firstFailure == .notPermitted)
        #expect(report.addedRoutes == 1)
    }

    @Test("a clean stop keeps the routes and makes the pinned neighbours stale")
    func leave() throws {
        let scenario = try Scenario()
        scenario.apply(install(1), install(2), install(3, withNeighbour: false))
        scenario.host.with { $0.neighbours[address(2)] = nil }
        #expect(scenario.sync.leave() == 0)
        #expect(scenario.ownRoutes == [1, 2, 3])
        let neighbours = scenario.host.with { $0.neighbours }
        #expect(neighbours.count == 1)
        #expect(neighbours[address(1)]?.state == .stale)
        #expect(neighbours[address(1)]?.macAddress == macAddress(1))
        // The next start pins it again.
        #expect(try scenario.reconcile().pinnedNeighbours == 2)
    }

    @Test("after any history, one reconciliation makes the kernel equal to the wanted set", arguments: 1...20)
    func model(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scenario = try Scenario(count: 40)
        var model: [UInt32: (mac: UInt32, withNeighbour: Bool)] = [:]
        for _ in 0..<300 {
            let number = UInt32.random(in: 1...40, using: &generator)
            switch UInt32.random(in: 0..<9, using: &generator) {
            case 0...3:
                let mac = UInt32.random(in: 1...99, using: &generator)
                let withNeighbour = Bool.random(using: &generator)
                if scenario.apply(install(number, mac, withNeighbour: withNeighbour)) == [.applied] {
                    model[number] = (mac, withNeighbour)
                }
            case 4...5:
                scenario.apply(remove(number))
                model[number] = nil
            case 6: scenario.host.with { _ = $0.routes.removeValue(forKey: address(number)) }
            case 7: scenario.host.with { _ = $0.neighbours.removeValue(forKey: address(number)) }
            default:
                let routeProtocol = [RouteProtocol.boot, .static, .dhcp].randomElement(using: &generator)!
                scenario.host.with { $0.routes[address(number)] = hostRoute(number, routeProtocol) }
            }
        }
        let foreign = scenario.host.with { state in
            Set(state.routes.filter { $0.value.routeProtocol == .static }.map { $0.key })
        }
        let report = try scenario.reconcile()
        #expect(scenario.ownRoutes == Set(model.keys.filter { !foreign.contains(address($0)) }))
        #expect(scenario.pinned == model.filter { $0.value.withNeighbour }.mapValues { macAddress($0.mac) })
        #expect(report.foreignRoutes == model.keys.filter { foreign.contains(address($0)) }.count)
        #expect(report.failures == 0)
    }

    private func neighbour(_ number: UInt32, mac: UInt32? = nil) -> NeighbourMessage {
        NeighbourMessage(
            kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .permanent, address: address(number),
            macAddress: macAddress(mac ?? number), routeProtocol: .dhcp)
    }
}
