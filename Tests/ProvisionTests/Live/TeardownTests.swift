import Glibc
import Testing
import TestSupport

@Suite("teardown", .needsSandbox)
struct TeardownTests {
    @Test("after init and teardown the host is as it was before, except for the sysctls")
    func allGone() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell("PATH=/run/bin:$PATH; iptables -A FORWARD -s 192.0.2.1 -j DROP")
        let rules = try host.rules()
        _ = try host.initialize(["--drop-cidr", "10.0.0.0/8"])
        try host.sandbox.shell("cd /run/state; touch leases.json leases.journal pool.json.tmp mine.txt")
        _ = try host.teardown()
        #expect(try !host.sandbox.run(["ip", "link"]).contains("cni0"))
        #expect(
            try host.sandbox.shell("ls /run/state /run/cni")
                == "/run/cni:\n\n/run/state:\nmine.txt\nnode.lock\nprovision.lock\n")
        #expect(
            try host.rules().split(separator: "\n").filter { $0.hasPrefix("-A") }
                == rules.split(separator: "\n").filter { $0.hasPrefix("-A") })
        let before = try host.snapshot()
        #expect(try host.teardown().hasPrefix("warning: there is nothing to remove: no /run/state/pool.json; "))
        #expect(try host.snapshot() == before)
    }

    @Test("what was there before adopt stays: bridge, address, routes, rules, a changed conflist")
    func leavesTheRest() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell(
            """
            PATH=/run/bin:$PATH
            ip link add cni0 type bridge; ip addr add 172.20.100.1/24 dev cni0; ip link set cni0 up
            ip route add 172.20.100.50/32 dev cni0 proto static
            ip route add 172.20.100.60/32 dev cni0 proto dhcp
            ip route add 192.0.2.0/24 dev cni0 proto dhcp
            ip neigh add 172.20.100.60 lladdr 02:00:00:00:00:60 dev cni0 nud permanent
            ip neigh add 172.20.100.50 lladdr 02:00:00:00:00:50 dev cni0 nud permanent
            iptables -A FORWARD -i cni0 -o cni0 -j ACCEPT
            """)
        _ = try host.adopt()
        let rules = try host.rules()
        try host.sandbox.shell("echo changed >> \(ProvisionHost.conflist)")
        let output = try host.teardown()
        #expect(output.contains("the bridge cni0 stays: we did not make it"))
        #expect(output.contains("\(ProvisionHost.conflist) stays: somebody has changed it"))
        #expect(try host.sandbox.run(["ip", "addr", "show", "cni0"]).contains("172.20.100.1/24"))
        let routes = try host.sandbox.run(["ip", "route", "show", "dev", "cni0"])
        #expect(routes.contains("172.20.100.50 ") && routes.contains("192.0.2.0/24 "))
        #expect(!routes.contains("172.20.100.60"))
        let neighbours = try host.sandbox.run(["ip", "neigh", "show", "dev", "cni0"])
        #expect(neighbours.contains("172.20.100.50 ") && !neighbours.contains("172.20.100.60"))
        #expect(try host.rules() == rules)
        #expect(try host.sandbox.shell("ls /run/state /run/cni").contains("30-cocoon-dhcp.conflist"))
    }

    @Test("our address is removed from a bridge that was there before, and the bridge stays")
    func addressOnForeignBridge() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell("ip link add cni0 type bridge; ip addr add 192.0.2.1/24 dev cni0; ip link set cni0 up")
        _ = try host.adopt()
        _ = try host.teardown()
        let addresses = try host.sandbox.run(["ip", "-4", "addr", "show", "cni0"])
        #expect(addresses.contains("192.0.2.1/24") && !addresses.contains("172.20.100.1"))
    }

    @Test("a bridge that somebody has recreated is not deleted")
    func bridgeMadeAnew() throws {
        let host = try ProvisionHost()
        _ = try host.adopt()
        try host.sandbox.shell("ip link del cni0; ip link add cni0 address 02:00:00:00:00:09 type bridge")
        _ = try host.teardown()
        #expect(try host.sandbox.run(["ip", "link"]).contains("cni0"))
    }

    @Test("teardown refuses while the daemon is running, unless forced")
    func runningDaemon() throws {
        let host = try ProvisionHost()
        _ = try host.adopt()
        try host.sandbox.shell("cp /bin/sleep /run/cocoon-net")
        let daemon = try host.sandbox.start(["/bin/sh", "-c", "echo $$ > /run/daemon.pid; exec /run/cocoon-net 60"])
        let isThere = eventually { host.sandbox.read("/run/daemon.pid")?.isEmpty == false }
        #expect(isThere)
        let again = try host.adopt()
        #expect(again.contains("still serves what it read at its start: restart it"))
        #expect(try host.adopt(["--output", "json"]).contains(#"{"outlook":["The daemon (process "#))
        let before = try host.snapshot()
        let refusal = try host.fail(["teardown"] + ProvisionHost.paths)
        #expect(refusal.contains("the daemon is running") && refusal.contains("--force"))
        #expect(try host.teardown(["--dry-run"]).contains("stop it before teardown, or use --force"))
        #expect(try host.teardown(["--dry-run", "--force"]).contains("1. stop the daemon (process "))
        #expect(daemon.isRunning)
        #expect(try host.snapshot() == before)
        #expect(try host.teardown(["--force"]).hasPrefix("done: stop the daemon (process "))
        #expect(try daemon.wait() == .signal(SIGTERM))
        #expect(try !host.sandbox.run(["ip", "link"]).contains("cni0"))
        #expect(host.sandbox.read("/run/daemon.pid") == nil)
    }

    @Test("teardown --force ends the daemon for good: one that is started again and again makes nothing")
    func restartedDaemon() throws {
        let host = try ProvisionHost()
        _ = try host.adopt(["--manage-iptables"])
        let daemon = try host.startDaemon()
        let arguments = daemon.arguments.map { "'\($0)'" }.joined(separator: " ")
        // As systemd does with Restart=always.
        let manager = try host.sandbox.start(
            ["sh", "-c", "while sleep 0.02; do \(arguments) > /run/daemon.log 2>&1; done"])
        let output = try host.teardown(["--force"])
        #expect(output.contains("done: stop the daemon") && output.contains("done: remove /run/state/pool.json"))
        #expect(eventually { host.sandbox.read("/run/daemon.log")?.contains("there is no such file") == true })
        let links = try host.sandbox.run(["ip", "link"])
        let rules = try host.rules()
        #expect(!links.contains("cni0") && !rules.contains("cni0"))
        #expect(host.sandbox.read(ProvisionHost.conflist) == nil && host.sandbox.read("/run/state/leases.json") == nil)
        try manager.stop()
        _ = try daemon.wait()
    }

    @Test("cloud resources in pool.json are not forgotten")
    func cloudResources() throws {
        let host = try ProvisionHost()
        _ = try host.adopt()
        let text = try #require(host.sandbox.read(ProvisionHost.poolFile))
        try host.sandbox.write(text.dropLast(2) + #", "eniIDs": ["eni-1"]}"#, to: ProvisionHost.poolFile)
        let before = try host.snapshot()
        #expect(
            try host.fail(["teardown"] + ProvisionHost.paths).contains(
                "platform none has no cloud resources, but the file names some"))
        #expect(try host.snapshot() == before)
    }
}
