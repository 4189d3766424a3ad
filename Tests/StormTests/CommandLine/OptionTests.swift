import ArgumentParser
import Netlink
import Node
import Storm
import Testing

@testable import cocoon_net_storm

@Suite("Options of storm")
struct OptionTests {
    /// The place that the options select.
    private func place(_ arguments: String...) throws -> StormPlace {
        try PortOptions.parse(arguments).place()
    }

    private func plan(_ arguments: String...) throws -> StormPlan {
        try PlanOptions.parse(arguments).plan(defaultClientCount: 70)
    }

    @Test("the VMs are behind interfaces, behind one bridge port, or behind many bridge ports")
    func places() throws {
        #expect(try place("--interface", "eth1") == .interfaces(["eth1"]))
        #expect(try place("--interface", "eth1", "--interface", "eth2") == .interfaces(["eth1", "eth2"]))
        #expect(try place("--bridge", "cni0") == .cable(bridge: "cni0"))
        #expect(try place("--bridge", "cni0", "--ports", "140") == .ports(140, bridge: "cni0"))
        #expect(try place("--bridge", "cni0", "--ports", "140").clientCount == 140)
        #expect(try place("--bridge", "cni0").clientCount == 1000)
    }

    @Test("options change the settings of the bridge ports; without options the ports keep the bridge's defaults")
    func settings() throws {
        #expect(try PortOptions.parse([]).settings == BridgePort())
        let all = try PortOptions.parse(["--isolated", "--no-learning", "--no-broadcast-flood", "--static-entries"])
        #expect(all.settings == BridgePort(isIsolated: true, isLearning: false, floodsBroadcast: false))
        #expect(all.staticEntries)
    }

    @Test(
        "an impossible place is refused, and the error names the option",
        arguments: [
            ([], "--interface"), (["--interface", "eth1", "--bridge", "cni0"], "--interface"),
            (["--interface", "eth1", "--ports", "2"], "--ports"), (["--bridge", "cni0", "--ports", "0"], "--ports"),
            (["--bridge", "cni0", "--ports", "1024"], "--ports"), (["--bridge", "cni0", "--isolated"], "--isolated"),
            (["--interface", "eth1", "--no-learning"], "--no-learning"),
            (["--bridge", "cni0", "--static-entries"], "--static-entries"),
        ])
    func refusedPlaces(arguments: [String], option: String) throws {
        let options = try PortOptions.parse(arguments)
        let error = #expect(throws: BadInput.self) { try options.place() }
        #expect(error?.field == option)
        #expect(error?.remedy.isEmpty == false)
    }

    @Test("without --clients there are as many clients as the place suggests")
    func clients() throws {
        #expect(try plan().clientCount == 70)
        #expect(try plan("--clients", "5").clientCount == 5)
    }

    @Test("clients play one scenario or a mix")
    func scenarios() throws {
        #expect(try plan().mix == ScenarioMix(.dora))
        #expect(try plan("--scenario", "init-reboot").mix == ScenarioMix(.initReboot))
        #expect(try plan("--mix", "dora=2,renew=1").mix == ScenarioMix(parsing: "dora=2,renew=1"))
    }

    @Test(
        "an impossible plan is refused, and the error names the option and the remedy",
        arguments: [
            (["--mix", "dora=2,reboot=1"], "--mix"), (["--mix", "dora=2", "--scenario", "renew"], "--scenario"),
            (["--clients", "0"], "--clients"), (["--duration", "3s"], "--duration"),
        ])
    func refusedPlans(arguments: [String], option: String) throws {
        let options = try PlanOptions.parse(arguments)
        let error = #expect(throws: BadInput.self) { try options.plan(defaultClientCount: 1) }
        #expect(error?.field == option)
        #expect(error?.remedy.isEmpty == false)
    }
}
