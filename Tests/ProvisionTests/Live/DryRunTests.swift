import Testing
import TestSupport

@Suite("--dry-run", .needsSandbox)
struct DryRunTests {
    @Test("adopt and init print their plan and touch nothing", arguments: ProvisionHost.BackEnd.allCases)
    func pool(_ backEnd: ProvisionHost.BackEnd) throws {
        let host = try ProvisionHost(backEnd)
        let before = try host.snapshot()
        let adopt = try host.adopt(["--dry-run"])
        #expect(adopt.contains("1. write /run/state/pool.json with 253 addresses"))
        #expect(adopt.contains("create the bridge cni0") && adopt.contains("write /run/cni/30-cocoon-dhcp.conflist"))
        #expect(!adopt.contains("iptables") && !adopt.contains("done: "))
        let initialize = try host.initialize(["--dry-run", "--drop-cidr", "10.0.0.0/8"])
        #expect(initialize.contains("     filter: -A FORWARD -i cni0 -o cni0 -j ACCEPT\n"))
        #expect(try host.snapshot() == before)
    }

    @Test("on a host that is set up, the plan is only to write pool.json, and not even that is done")
    func again() throws {
        let host = try ProvisionHost()
        _ = try host.initialize()
        let before = try host.snapshot()
        let output = try host.initialize(["--dry-run"])
        #expect(output.split(separator: "\n").count == 2)
        #expect(try host.snapshot() == before)
    }

    @Test("teardown prints its plan and touches nothing")
    func teardown() throws {
        let host = try ProvisionHost()
        _ = try host.initialize()
        let before = try host.snapshot()
        let output = try host.teardown(["--dry-run"])
        for line in ["delete the bridge cni0", "remove /run/state/pool.json", "-D FORWARD -i cni0 -o cni0 -j ACCEPT"] {
            #expect(output.contains(line))
        }
        #expect(try host.snapshot() == before)
    }
}
