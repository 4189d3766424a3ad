import Addresses
import FastDHCP
import Glibc
import Netlink
import Testing

@testable import Storm

/// Storms over a real bridge, in a network namespace of each test's own.
@Suite("Storms on the wire", .enabled(if: LiveNetwork.isAvailable, "needs the right to make network namespaces"))
struct LiveStormTests {
    @Test("1,000 clients all get their address from a server on a bridge", arguments: [false, true])
    func avalanche(rapidCommit: Bool) throws {
        let result = try LiveNetwork.storm {
            $0.clientCount = 1000
            $0.asksForRapidCommit = rapidCommit
        }
        #expect(result.ending == .completed)
        #expect(result.problems.isEmpty)
        #expect(result.tally.completedCount == 1000)
        #expect(result.rings == RingLosses(receiveCount: 0, transmitCount: 0))
        #expect((result.tally.offerCount == 0) == rapidCommit)
    }

    @Test("every scenario completes", arguments: Scenario.allCases)
    func scenarios(scenario: Scenario) throws {
        let result = try LiveNetwork.storm {
            $0.clientCount = 200
            $0.mix = ScenarioMix(scenario)
            $0.shape = .closed(window: 16)
        }
        #expect(result.problems.isEmpty)
        #expect(result.tally.completedCount == 200)
        #expect(result.tally.releaseCount == (scenario == .release ? 200 : 0))
    }

    @Test("a server that forgets its leases grants each address once, and again after a release")
    func forgetful() throws {
        var plan = StormPlan()
        plan.clientCount = 200
        plan.firstBackOff = .milliseconds(50)
        plan.timeout = .milliseconds(500)
        let network = try LiveNetwork()
        let results = try network.namespace.perform { [plan] in
            let cable = try VirtualCable(toBridge: LiveNetwork.bridge, named: "vms")
            let server = try ForgetfulServer(onInterface: LiveNetwork.bridge, poolSize: 150)
            defer { server.stop() }
            return try [Scenario.release, .dora].map { scenario in
                var plan = plan
                plan.mix = ScenarioMix(scenario)
                plan.shape = scenario == .release ? .closed(window: 16) : .avalanche(burst: 2048)
                return try StormRun(plan, onInterface: cable.interfaceName).result()
            }
        }
        #expect(results[0].problems.isEmpty && results[0].tally.completedCount == 200)
        #expect(results[1].tally.completedCount == 150 && results[1].tally.lostCount == 50)
    }

    @Test("an open loop with a duration ends in time")
    func open() throws {
        let result = try LiveNetwork.storm {
            $0.mix = ScenarioMix(.release)
            $0.shape = .open(perSecond: 2000)
            $0.duration = .milliseconds(300)
        }
        #expect(result.problems.isEmpty)
        #expect((500...600).contains(result.tally.completedCount))
    }

    @Test("a storm without a server ends, and says so")
    func noServer() throws {
        let result = try LiveNetwork.storm(withServer: false) {
            $0.clientCount = 10
            $0.firstBackOff = .milliseconds(50)
            $0.timeout = .milliseconds(300)
        }
        #expect(result.tally.lostCount == 10)
        #expect(result.tally.resendCount >= 20)
        #expect(result.problems.count == 1 && result.problems[0].hasPrefix("nobody answered within 300 ms"))
    }

    @Test("a storm can be ended early")
    func cancel() throws {
        let network = try LiveNetwork()
        let result = try network.namespace.perform {
            let cable = try VirtualCable(toBridge: LiveNetwork.bridge, named: "vms")
            let run = try StormRun(StormPlan(), onInterface: cable.interfaceName)
            run.cancel()
            return run.result()
        }
        #expect(result.ending == .interrupted)
    }

    @Test("an interface that is down is named")
    func down() throws {
        let network = try LiveNetwork()
        let result = try network.namespace.perform {
            var links = try Links()
            _ = try links.createVethPair("vms", peer: VethPeer(name: "other"))
            var plan = StormPlan()
            plan.clientCount = 5
            plan.timeout = .milliseconds(100)
            return try StormRun(plan, onInterface: "vms").result()
        }
        #expect(result.problems == ["5 frames could not leave: set interface vms up"])
    }

    @Test("a storm ends when its interface is deleted", .timeLimit(.minutes(15)))
    func deleted() throws {
        let network = try LiveNetwork()
        let result = try network.namespace.perform {
            var links = try Links()
            let port = try links.createVethPair("vms", peer: VethPeer(name: "other"), isUp: true)
            try links.setUp(try links.get(named: "other"))
            let run = try StormRun(StormPlan(), onInterface: "vms")
            while run.progress.clientCount == 0 { sched_yield() }
            try links.delete(port)
            return run.result()
        }
        #expect(result.problems.first == "interface vms was deleted")
    }

    @Test("interfaces from which no frame reaches a server are refused")
    func unsuitable() throws {
        let network = try LiveNetwork()
        try network.namespace.perform {
            let cable = try VirtualCable(toBridge: LiveNetwork.bridge, named: "vms")
            func refusal(_ names: String...) -> StormError? {
                do { _ = try StormInterfaces(named: names) } catch { return error }
                return nil
            }
            #expect(refusal(LiveNetwork.bridge) == .isBridge(LiveNetwork.bridge))
            #expect(refusal("vms-br") == .isBridgePort("vms-br", bridge: LiveNetwork.bridge))
            #expect(refusal(cable.interfaceName, "vms") == .namedTwice("vms"))
            #expect(refusal("vms") == nil)
        }
    }

    @Test("an interface that does not exist is refused")
    func missing() throws {
        let network = try LiveNetwork()
        let error = network.namespace.perform {
            #expect(throws: StormError.self) { try StormRun(StormPlan(), onInterface: "nothing") }
        }
        #expect(error == .interface(.missing("nothing")))
    }

    @Test("a cable is gone when it is no longer held")
    func cable() throws {
        let network = try LiveNetwork()
        try network.namespace.perform {
            var links = try Links()
            do {
                let cable = try VirtualCable(toBridge: LiveNetwork.bridge, named: "vms")
                #expect(try links.get(named: cable.interfaceName).isUp)
                #expect(try links.list(portsOf: links.get(named: LiveNetwork.bridge)).count == 1)
            }
            #expect(try links.find(named: "vms") == nil)
            #expect(try links.list(portsOf: links.get(named: LiveNetwork.bridge)).isEmpty)
        }
    }
}

/// A network namespace with a bridge that is up.
struct LiveNetwork: ~Copyable {
    static let bridge = "br0"
    let namespace: NetworkNamespace

    init() throws {
        let namespace = try NetworkNamespace.create()
        try namespace.perform {
            var links = try Links()
            let bridge = try links.createBridge(Self.bridge, macAddress: MACAddress(2, 0, 0, 0, 0, 1))
            try links.setUp(bridge)
        }
        self.namespace = namespace
    }

    /// A storm over a cable to a bridge on which a reflector answers.
    static func storm(withServer: Bool = true, _ change: (inout StormPlan) -> Void) throws -> StormResult {
        var plan = StormPlan()
        change(&plan)
        let network = try LiveNetwork()
        return try network.namespace.perform { [plan] in
            let cable = try VirtualCable(toBridge: bridge, named: "vms")
            let reflector = withServer ? try Reflector(onInterface: bridge) : nil
            defer { reflector?.stop() }
            return try StormRun(plan, onInterface: cable.interfaceName).result()
        }
    }

    /// Whether namespaces can be made here. In CI this is always true, so that tests fail there and are not skipped.
    static let isAvailable: Bool = {
        // SAFETY: nobody changes the environment, so the text stays where it is.
        if let variable = unsafe getenv("CI"), unsafe String(cString: variable) == "true" { return true }
        return (try? LiveNetwork()) != nil
    }()
}
