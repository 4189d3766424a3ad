import ArgumentParser
import Node
import Provision
import Testing

@testable import cocoon_net_provision

@Suite("The command line")
struct CommandLineTests {
    @Test("init and adopt take the contract's options")
    func options() throws {
        let common = [
            "--platform", "none", "--node-name", "n", "--subnet", "10.0.0.0/24", "--pool-size", "9", "--gateway",
            "10.0.0.9",
            "--primary-nic", "eth0", "--dns", "9.9.9.9", "--state-dir", "/s", "--drop-cidr", "10.0.0.0/8",
            "--drop-cidr", "172.16.0.0/12", "--drop-internal-access", "--allow-overlap", "--dry-run", "--interface",
            "br7",
            "--pid-file", "/p", "--cni-conf-dir", "/c",
        ]
        let parsed = try CocoonNetProvision.parseAsRoot(
            ["adopt"] + common + ["--manage-iptables", "--addresses-file", "/a"])
        let adopt = try #require(parsed as? AdoptCommand)
        #expect(adopt.pool.dropCidr == ["10.0.0.0/8", "172.16.0.0/12"])
        #expect(adopt.mode.dryRun && adopt.manageIptables && adopt.pool.dropInternalAccess)
        #expect(adopt.poolSize == 9 && adopt.addressesFile == "/a")
        #expect(adopt.places.paths.stateDirectory == "/s")
        #expect(adopt.places.paths.pidFile == "/p" && adopt.places.paths.cniConfDirectory == "/c")
        let initialized = try CocoonNetProvision.parseAsRoot(
            ["init"] + common + ["--security-group", "a", "--security-group", "b", "--ensure-security-group-rule"])
        let initialize = try #require(initialized as? InitCommand)
        #expect(initialize.securityGroup == ["a", "b"] && initialize.ensureSecurityGroupRule)
        let choosing = try CocoonNetProvision.parseAsRoot([
            "init", "--node-name", "n", "--subnet", "auto", "--supernet", "172.20.0.0/16", "--prefix-length", "26",
        ])
        let chooser = try #require(choosing as? InitCommand)
        #expect(chooser.supernet == "172.20.0.0/16" && chooser.prefixLength == 26)
        let tornDown = try CocoonNetProvision.parseAsRoot([
            "teardown", "--force", "--delete-subnet", "--output", "json",
        ])
        let teardown = try #require(tornDown as? TeardownCommand)
        #expect(teardown.force && teardown.deleteSubnet && teardown.mode.output == .json && !teardown.mode.dryRun)
    }

    @Test("the defaults are the contract's")
    func defaults() throws {
        let parsed = try CocoonNetProvision.parseAsRoot(["adopt", "--node-name", "n", "--subnet", "s"])
        let adopt = try #require(parsed as? AdoptCommand)
        #expect(adopt.places.paths.stateDirectory == "/var/lib/cocoon/net")
        #expect(adopt.places.paths.pidFile == "/run/cocoon-net.pid")
        #expect(adopt.places.paths.cniConfDirectory == "/etc/cni/net.d")
        #expect(adopt.pool.dns == "8.8.8.8,1.1.1.1" && adopt.pool.interface == "cni0")
        #expect(!adopt.mode.dryRun && !adopt.manageIptables && !adopt.pool.dropInternalAccess)
    }
}
