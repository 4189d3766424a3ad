import Addresses
import Glibc
import LinuxSystem
import Netlink
import NetlinkTestSupport
import Testing

@testable import RouteSync

@Suite("Repairs, live", .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
struct RouteKeeperLiveTests {
    private func isWhole(_ scenario: LiveScenario, _ numbers: some Sequence<UInt32>) throws -> Bool {
        try scenario.routes() == scenario.expected(numbers)
            && scenario.pinned() == scenario.expectedPinned(numbers)
    }

    @Test(
        "what somebody breaks is repaired",
        arguments: [
            "ip route del 10.0.0.7/32 dev cni0",
            "ip neigh del 10.0.0.7 dev cni0",
            "ip neigh change 10.0.0.7 lladdr 02:00:00:00:00:99 dev cni0 nud permanent",
            "ip neigh change 10.0.0.7 lladdr 02:00:00:00:00:07 dev cni0 nud reachable",
            "ip route flush dev cni0 proto dhcp",
            "ip neigh flush dev cni0 nud all",
            "ip link set cni0 down && ip link set cni0 up",
            "ip addr flush dev cni0",
            "ip link set cni0 address 02:00:00:00:00:55",
            "ip link set cni0 arp off && ip link set cni0 arp on",
            "ip link del cni0 && ip link add cni0 type bridge && ip link set cni0 up",
            "ip link set cni0 down name cni1 && ip link add cni0 type bridge && ip link set cni0 up",
        ])
    func repair(command: String) throws {
        let scenario = try LiveScenario()
        _ = scenario.install(scenario.numbers)
        #expect(try isWhole(scenario, scenario.numbers))
        try scenario.run(command)
        #expect(try scenario.keep { try isWhole(scenario, scenario.numbers) })
    }

    @Test("somebody's route in place of ours is reported, not replaced, and ours returns when theirs goes")
    func replaced() throws {
        let scenario = try LiveScenario()
        _ = scenario.install([7])
        try scenario.run("ip route replace 10.0.0.7/32 dev cni0 proto static")
        var reports: [ReconcileReport] {
            scenario.events.compactMap { if case .reconciled(let report, _?) = $0 { report } else { nil } }
        }
        #expect(try scenario.keep { !reports.isEmpty })
        #expect(reports.first?.foreignExamples.map(\.address) == [Laboratory.address(7)])
        #expect(try scenario.run("ip route show 10.0.0.7").contains("proto static"))
        try scenario.run("ip route del 10.0.0.7/32 dev cni0")
        #expect(try scenario.keep { try isWhole(scenario, [7]) })
    }

    @Test("our own changes do not count as an attack")
    func ownChanges() throws {
        let scenario = try LiveScenario()
        _ = scenario.install(scenario.numbers)
        _ = scenario.remove([7, 8])
        _ = scenario.install([8])
        // A foreign removal of a route that nobody wants comes last, so that the keeper hears of our own changes first.
        try scenario.run("ip route add 10.0.0.7/32 dev cni0 && ip route del 10.0.0.7/32 dev cni0")
        let eventCount = scenario.events.count
        let end = ContinuousClock.now + .milliseconds(300)
        _ = try scenario.keep { ContinuousClock.now > end }
        #expect(scenario.events.count == eventCount)
        #expect(try isWhole(scenario, scenario.numbers.filter { $0 != 7 }))
    }

    /// Lets `rival` remove the route to one address each time it is restored, until that address is left alone.
    private func fight(
        over number: UInt32, among numbers: some Sequence<UInt32>, in scenario: LiveScenario,
        _ rival: inout RouteNetlinkSocket
    ) throws -> Bool {
        try scenario.keep {
            let isOver = scenario.events.contains { if case .leavingAlone = $0 { true } else { false } }
            if try !isOver && isWhole(scenario, numbers) {
                try rival.perform("attack", .deleteRoute, scenario.laboratory.hostRoute(number))
            }
            return isOver
        }
    }

    @Test("a rival is named, and after three fights over an address only that address is left alone for a while")
    func fight() throws {
        let scenario = try LiveScenario()
        _ = scenario.install(scenario.numbers)
        var rival = try scenario.laboratory.openSocket()
        #expect(try fight(over: 7, among: scenario.numbers, in: scenario, &rival))
        let leftAlone = scenario.events.compactMap { event -> [IPv4Address]? in
            if case .leavingAlone(let addresses, let who, _) = event, who.portID == rival.portID {
                addresses
            } else {
                nil
            }
        }
        #expect(leftAlone == [[Laboratory.address(7)]])
        let rivals = scenario.events.compactMap {
            if case .reconciled(_, let rival?) = $0 { rival } else { nil }
        }
        #expect(rivals.count >= 3 && rivals.allSatisfy { $0.portID == rival.portID })

        try rival.perform("attack", .deleteRoute, scenario.laboratory.hostRoute(7))
        try rival.perform("attack", .deleteRoute, scenario.laboratory.hostRoute(8))
        let others = scenario.numbers.filter { $0 != 7 }
        #expect(try scenario.keep { try scenario.routes() == scenario.expected(others) })
    }

    @Test("while one address is left alone, a bridge that goes down and up has all 200 routes back within two seconds")
    func flapAfterFight() throws {
        let scenario = try LiveScenario(count: 200)
        _ = scenario.install(scenario.numbers)
        var rival = try scenario.laboratory.openSocket()
        #expect(try fight(over: 7, among: scenario.numbers, in: scenario, &rival))
        try scenario.run("ip link set cni0 down && ip link set cni0 up")
        #expect(try scenario.routes().isEmpty)
        let start = ContinuousClock.now
        #expect(try scenario.keep { try isWhole(scenario, scenario.numbers) })
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test("a stop from another thread ends the keeper")
    func stop() async throws {
        let scenario = try LiveScenario()
        let sync = scenario.sync
        async let stopped: Void = Task.detached { sync.stop() }.value
        scenario.run()
        await stopped
    }

    @Test("the process behind a netlink port is named while it runs")
    func conflictingName() {
        let own = UInt32(getpid())
        #expect(ProcessName.ofNetlinkPort(own)?.isEmpty == false)
        #expect(ProcessName.ofNetlinkPort(0) == nil)
        #expect(ProcessName.ofNetlinkPort(.max) == nil)
        #expect(ConflictingProcess(portID: 7, processName: "networkd").description == "networkd (process 7)")
        #expect(ConflictingProcess(portID: 7, processName: nil).description == "netlink port 7")
    }
}
