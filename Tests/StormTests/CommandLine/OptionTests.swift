import ArgumentParser
import Netlink
import Node
import Storm
import Testing

@testable import cocoon_net_storm

@Suite("Options of storm")
struct OptionTests {
    /// What the options ask for, or what is said of them.
    private func place(_ arguments: String...) throws -> StormPlace {
        try PortOptions.parse(arguments).place()
    }

    private func plan(_ arguments: String...) throws -> StormPlan {
        try PlanOptions.parse(arguments).plan(defaultClientCount: 70)
    }

    @Test("the VMs are behind interfaces, behind a port of a bridge, or behind many")
    func places() throws {
        #expect(try place("--interface", "eth1") == .interfaces(["eth1"]))
        #expect(try place("--interface", "eth1", "--interface", "eth2") == .interfaces(["eth1", "eth2"]))
        #expect(try place("--bridge", "cni0") == .cable(bridge: "cni0"))
        #expect(try place("--bridge", "cni0", "--ports", "140") == .ports(140, bridge: "cni0"))
        #expect(try place("--bridge", "cni0", "--ports", "140").clientCount == 140)
        #expect(try place("--bridge", "cni0").clientCount == 1000)
    }

    @Test("the bridge treats the ports as was asked, and as it always does where nothing was")
    func settings() throws {
        #expect(try PortOptions.parse([]).settings == BridgePort())
        let all = try PortOptions.parse(["--isolated", "--no-learning", "--no-broadcast-flood", "--static-entries"])
        #expect(all.settings == BridgePort(isIsolated: true, isLearning: false, floodsBroadcast: false))
        #expect(all.staticEntries)
    }

    @Test(
        "places that make no sense are refused, with the option",
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

    @Test("without a number of clients there are as many as the place suggests")
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
        "what cannot be played is refused, with the option and what to do",
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
