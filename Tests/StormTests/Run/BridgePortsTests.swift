import Addresses
import FastDHCP
import Glibc
import Netlink
import Testing

@testable import Storm

/// Storms on many ports of a bridge, in a network namespace of each test's own.
@Suite("Many ports of a bridge", .enabled(if: LiveNetwork.isAvailable, "needs the right to make network namespaces"))
struct BridgePortsTests {
    private static let clientCount = 30

    /// A storm of 30 clients on ten ports of a bridge on which a reflector answers.
    private func storm(
        _ settings: BridgePort = BridgePort(), withEntries: Bool = false, _ change: (inout StormPlan) -> Void = { _ in }
    ) throws -> StormResult {
        var plan = StormPlan()
        plan.clientCount = Self.clientCount
        change(&plan)
        let network = try LiveNetwork()
        return try network.namespace.perform { [plan] in
            let ports = try BridgePorts(10, ofBridge: LiveNetwork.bridge, named: "st", settings)
            if withEntries { try ports.addForwardingEntries(for: plan) }
            let reflector = try Reflector(onInterface: LiveNetwork.bridge)
            defer { reflector.stop() }
            return try ports.storm(plan).result()
        }
    }

    @Test("every client gets its lease behind its own port, and no reply comes through another")
    func learned() throws {
        let result = try storm()
        #expect(result.problems.isEmpty)
        #expect((result.tally.completedCount, result.tally.resendCount) == (Self.clientCount, 0))
        #expect((result.tally.floodedCount, result.tally.strayCount) == (0, 0))
        #expect(result.table().hasPrefix("30 clients on 10 ports of br0, dora, all at once"))
    }

    @Test("if the bridge does not learn, each reply reaches all ports, and only one of them takes it as the answer")
    func unlearned() throws {
        let result = try storm(BridgePort(isIsolated: true, isLearning: false))
        #expect(result.problems.isEmpty)
        #expect((result.tally.completedCount, result.tally.resendCount) == (Self.clientCount, 0))
        // The copies of the last reply may still be on their way when the storm ends.
        let replies = 2 * Self.clientCount
        #expect((9 * (replies - 1)...9 * replies).contains(result.tally.floodedCount))
    }

    @Test("with forwarding entries for the clients, the bridge need not learn")
    func entries() throws {
        let result = try storm(BridgePort(isLearning: false, floodsBroadcast: false), withEntries: true)
        #expect(result.problems.isEmpty)
        #expect((result.tally.completedCount, result.tally.floodedCount) == (Self.clientCount, 0))
    }

    @Test("a mix of scenarios completes")
    func mix() throws {
        let mix = try ScenarioMix(parsing: "dora=4,renew=3,init-reboot=2,release=1")
        let result = try storm { $0.mix = mix }
        #expect(result.problems.isEmpty)
        #expect(result.tally.completedCount == Self.clientCount)
        #expect(result.latencies.leaseByScenario.map(\.histogram.count) == [12, 9, 6, 3])
    }

    @Test("the ports have the given settings, do not change the bridge's MAC, and are removed with their owner")
    func ports() throws {
        let network = try LiveNetwork()
        try network.namespace.perform {
            var links = try Links()
            let bridge = try links.createBridge("br1")
            try links.setUp(bridge)
            do {
                _ = try links.createVethPair("first", peer: VethPeer(name: "vm"), master: bridge, isUp: true)
                let addressBefore = try links.get(named: "br1").macAddress
                let settings = BridgePort(isIsolated: true, isLearning: false, floodsBroadcast: false)
                let ports = try BridgePorts(20, ofBridge: "br1", named: "st", settings)
                let made = try links.list(portsOf: bridge).filter { $0.name != "first" }
                #expect(made.count == 20)
                #expect(made.allSatisfy { $0.flags.contains(.running) })
                #expect(made.allSatisfy { $0.bridgePort?.isIsolated == true && $0.bridgePort?.isLearning == false })
                #expect(made.allSatisfy { $0.bridgePort?.floodsBroadcast == false })
                #expect(try links.get(named: "br1").macAddress == addressBefore)
                _ = consume ports
            }
            #expect(try links.list(portsOf: bridge).map(\.name) == ["first"])
        }
    }

    @Test("a storm ends when the far end of a port is deleted", .timeLimit(.minutes(15)))
    func deleted() throws {
        let network = try LiveNetwork()
        let result = try network.namespace.perform {
            let ports = try BridgePorts(3, ofBridge: LiveNetwork.bridge, named: "st")
            var plan = StormPlan()
            plan.firstBackOff = .milliseconds(50)
            let run = try ports.storm(plan)
            while run.progress.clientCount == 0 { sched_yield() }
            var links = try Links()
            try links.delete(try links.get(named: "stp1"))
            return run.result()
        }
        #expect(result.problems == ["one of the interfaces was deleted: 3 ports of br0"])
    }

    @Test("an interface that is no bridge, is down or has no room for the ports is refused, and no port is left")
    func refused() throws {
        let network = try LiveNetwork()
        try network.namespace.perform {
            var links = try Links()
            _ = try links.createBridge("off")
            func refusal(_ count: Int, _ bridge: String) -> StormError? {
                do { _ = try BridgePorts(count, ofBridge: bridge, named: "st") } catch { return error }
                return nil
            }
            #expect(refusal(1, "lo") == .notABridge("lo"))
            #expect(refusal(1, "off") == .bridgeDown("off"))
            #expect(refusal(1, "none")?.description.contains("find interface none") == true)
            let cable = try VirtualCable(toBridge: LiveNetwork.bridge, named: "vms")
            let full = StormError.portsFull(bridge: LiveNetwork.bridge, existing: 1)
            #expect(refusal(BridgePorts.limit, LiveNetwork.bridge) == full)
            #expect(try links.list(portsOf: links.get(named: LiveNetwork.bridge)).map(\.name) == ["vms-br"])
            _ = consume cable
        }
    }
}
