import Testing
import TestSupport

@Suite("Commands that cannot be executed", .needsSandbox)
struct BadInputTests {
    @Test(
        "errors in the command line end with exit code 1, one sentence on standard error, and change nothing",
        arguments: [
            (["adopt"], "error: Missing expected argument '--node-name <node-name>'"),
            (["adopt", "--no-such-option"], "error: "),
            (["no-such-command"], "error: "),
            (
                ["adopt", "--node-name", "n", "--subnet", "10.0.0.0/24", "--pool-size", "many"],
                "error: The value 'many' is invalid"
            ),
            (
                ["adopt", "--node-name", "n", "--subnet", "10.0.0.0/24"],
                "error: --platform is missing, and no metadata service answers (gke: "
            ),
            (
                ["adopt", "--platform", "none", "--node-name", "n", "--subnet", "10.0.0.0/33"],
                "error: --subnet 10.0.0.0/33 is not a network; write it as"
            ),
            (["status", "--state-dir", "/run/none"], "error: /run/none/pool.json: there is no such file; run"),
        ])
    func commandLine(arguments: [String], message: String) throws {
        let host = try ProvisionHost()
        let before = try host.snapshot()
        #expect(try host.fail(arguments).hasPrefix(message))
        #expect(
            try host.sandbox.shell("\(ProvisionHost.tool) \(arguments.joined(separator: " ")) 2>/dev/null || true")
                == "")
        #expect(try host.snapshot() == before)
    }

    @Test("without iptables on the host, init says what to install and changes nothing")
    func noIPTables() throws {
        var host = try ProvisionHost()
        try host.sandbox.shell("mkdir /run/empty; mount --bind /run/empty /usr/sbin; rm -r /run/bin")
        let output = try host.fail(ProvisionHost.command("init"))
        #expect(output == "error: there is no iptables-save; install the package iptables, or use --skip-iptables\n")
        #expect(host.sandbox.read(ProvisionHost.poolFile) == nil)
        host.prefix = []
        _ = try host.adopt()
    }

    @Test("a caller's PATH without the system directories does not matter")
    func shortPath() throws {
        var host = try ProvisionHost()
        host.prefix = ["env", "PATH=/nowhere"]
        _ = try host.initialize()
    }

    @Test("if an interface with the bridge's name is not a bridge, the error names it and the remedy")
    func notABridge() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell("ip link add cni0 type veth peer name far")
        let output = try host.fail(ProvisionHost.command("adopt"))
        #expect(output.hasPrefix("error: cni0 is not a bridge: its kind is veth; delete it with"))
        #expect(host.sandbox.read(ProvisionHost.poolFile) == nil)
    }

    @Test("without privileges, the error says so")
    func unprivileged() throws {
        var host = try ProvisionHost()
        try host.sandbox.shell("chmod 755 /run")
        host.prefix = ["setpriv", "--reuid", "65534", "--clear-groups"]
        #expect(
            try host.fail(ProvisionHost.command("adopt"))
                == "error: mkdir /run/state: Permission denied; run it as root, with CAP_DAC_OVERRIDE\n")
        #expect(try host.fail(ProvisionHost.command("init")).contains("iptables-save failed: "))
        #expect(try host.adopt(["--dry-run"]).contains("create the bridge cni0"))
    }

    @Test("a damaged pool.json is not overwritten")
    func damagedPool() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell("mkdir /run/state; printf '{\"platform\": \"none\",' > \(ProvisionHost.poolFile)")
        let before = try host.snapshot()
        #expect(try host.fail(ProvisionHost.command("adopt")).contains("line 1, column 21: expected a key in quotes"))
        #expect(try host.snapshot() == before)
    }

    @Test("the error names a full disk, and the earlier pool.json stays")
    func fullDisk() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell("mkdir /run/state; mount -t tmpfs -o size=16k tmpfs /run/state")
        _ = try host.adopt(["--pool-size", "4"])
        let text = try #require(host.sandbox.read(ProvisionHost.poolFile))
        try host.sandbox.shell("dd if=/dev/zero of=/run/state/ballast bs=1k 2>/dev/null || true")
        let output = try host.fail(ProvisionHost.command("adopt"))
        #expect(output.contains("No space left on device; free some space there"))
        #expect(host.sandbox.read(ProvisionHost.poolFile) == text)
        #expect(host.sandbox.read(ProvisionHost.poolFile + ".tmp") == nil)
    }
}
