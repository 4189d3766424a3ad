import Addresses
import TestSupport
import Testing

/// What the host needs so that a VM that has a lease can be reached.
@Suite(.needsSandbox, .needs("busybox"), .endsWhenHung)
struct NodeSetupTests {
    /// A node with a primary NIC and a FORWARD policy of DROP, as Docker leaves it.
    private func node() throws -> RoutedNode {
        let node = try RoutedNode()
        try node.host.sandbox.shell("iptables -P FORWARD DROP; ip link set nic0 mtu 1400")
        try node.host.adopt(poolSize: 200, ["--primary-nic", "nic0", "--manage-iptables"])
        return node
    }

    @Test("a VM reaches the outside through the primary NIC although FORWARD drops; the outside only answers")
    func outward() throws {
        let node = try node()
        let daemon = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try node.isReached(by: vm))
        #expect(try !node.reaches(vm.address))
        #expect(daemon.process.isRunning)
    }

    @Test("where the VMs' addresses are the primary NIC's, the outside reaches a VM although FORWARD drops")
    func inward() throws {
        let node = try node()
        try node.host.sandbox.shell(
            #"sed -i 's/"platform": "none",/& "nodeNeeds": ["noLocalRoutes"],/' \#(TestHost.poolFile)"#)
        let daemon = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try node.reaches(vm.address), "\(daemon.process.output)")
        #expect(try node.isReached(by: vm))
    }

    @Test("what VMs need is put back at once after another program has changed it, and no lease is lost")
    func kept() throws {
        let node = try RoutedNode()
        let host = node.host
        try host.adopt(poolSize: 200, ["--manage-iptables"])
        try host.sandbox.shell(
            #"""
            sed -i 's/"platform": "none",/& "secondaryNICs": ["nic0"],/' \#(TestHost.poolFile)
            iptables -P FORWARD DROP
            """#)
        let daemon = try host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try node.reaches(vm.address))
        for sabotage in NodeSabotage.all {
            try host.sandbox.shell(sabotage.script)
            let isBack = eventually(within: .seconds(5)) { (try? host.sandbox.shell(sabotage.check)) != nil }
            #expect(isBack, "\(sabotage.script): \(daemon.process.output)")
            #expect(try node.reaches(vm.address), "\(sabotage.script): \(daemon.process.output)")
            #expect(try node.isReached(by: vm))
            #expect(eventually { host.hasRoute(to: vm.address) })
        }
        let metrics = try host.metrics()
        #expect(metrics["cocoon_net_dhcp_lease_active"] == 1)
        for item in ["bridge", "nics", "sysctls", "rules", "conflist"] {
            #expect(try eventually { try host.metrics()["cocoon_net_node_ok{item=\"\(item)\"}"] == 1 })
            #expect(metrics["cocoon_net_node_repairs_total{item=\"\(item)\"}"] > 0)
        }
        #expect(metrics["cocoon_net_secondary_nics{state=\"present\"}"] == 1)
        // The daemon's own changes are no reason to look without end.
        let repairs = daemon.process.output.split(separator: "iptables rules").count
        #expect(repairs <= 6, "\(daemon.process.output)")
    }

    @Test("rules in a table that iptables-save cannot print are not added again, and missing ones are")
    func unreadable() throws {
        let host = try TestHost(adopt: ["--manage-iptables"])
        // As with a rule of nft's own in the table: then iptables-save prints nothing of it.
        try host.sandbox.run(["mkdir", "-p", "/run/tools"])
        try host.sandbox.write(
            """
            #!/bin/sh
            /usr/sbin/iptables-save "$@" | sed '/^[*]filter/,/^COMMIT/d'
            echo "# Table \\`filter' is incompatible, use 'nft' tool."

            """, to: "/run/tools/iptables-save", mode: 0o755)
        let daemon = try Daemon(on: host, wrappedIn: ["env", "PATH=\(Outage.path)"])
        try daemon.waitUntilReady()
        func accepts() throws -> Int {
            try host.sandbox.shell("/usr/sbin/iptables-save").split(separator: "\n")
                .count { $0 == "-A FORWARD -i cni0 -o cni0 -j ACCEPT" }
        }
        #expect(try accepts() == 1)
        try host.sandbox.shell("iptables -F FORWARD")
        #expect(try eventually { try accepts() == 1 }, "\(daemon.process.output)")
        try host.sandbox.shell("iptables -A FORWARD -s 192.0.2.9 -j DROP")
        #expect(try eventually { try host.metrics()["cocoon_net_node_repairs_total{item=\"rules\"}"] == 1 })
        #expect(try accepts() == 1)
    }

    @Test("an address of the pool that the host has is set aside for as long, and this is said once")
    func ownAddress() throws {
        let host = try TestHost(poolSize: 2)
        try host.sandbox.shell("ip link add extra type veth peer name extra2; ip address add 172.20.100.2/32 dev extra")
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        #expect(try machine.client().lease().address == IPv4Address(172, 20, 100, 3))
        let other = try machine.client(MACAddress(2, 0, 0, 0, 0, 9))
        other.patience = .milliseconds(300)
        #expect(try other.discover() == nil)
        #expect(try host.metrics()["cocoon_net_dhcp_pool_addresses{state=\"reserved\"}"] == 1)

        try host.sandbox.shell("ip link delete extra")
        #expect(eventually { daemon.process.output.contains("no longer the host's own") })
        other.patience = .seconds(3)
        #expect(try other.lease().address == IPv4Address(172, 20, 100, 2))

        try host.sandbox.shell("ip address add 172.20.100.2/32 dev lo")
        #expect(eventually { daemon.process.output.contains("a VM has a lease of it") })
        let words = "is the host's own, so no VM gets it"
        #expect(daemon.process.output.split(separator: words).count == 2, "\(daemon.process.output)")
    }

    @Test("with --skip-iptables, rules that somebody flushes stay flushed")
    func skipped() throws {
        let host = try TestHost(adopt: ["--manage-iptables"])
        let daemon = try host.startDaemon(["--skip-iptables"])
        try host.sandbox.shell("iptables -F FORWARD; echo 0 > /proc/sys/net/ipv4/ip_forward")
        #expect(try eventually { try host.sandbox.shell("cat /proc/sys/net/ipv4/ip_forward") == "1\n" })
        #expect(try !host.sandbox.shell("iptables-save").contains("-A FORWARD"))
        #expect(try !host.metrics().samples.keys.contains { $0.contains("item=\"rules\"") })
        #expect(daemon.process.isRunning)
    }

    @Test("bridge and CNI network have the primary NIC's MTU")
    func mtu() throws {
        let node = try node()
        #expect(node.host.sandbox.read("/sys/class/net/cni0/mtu") == "1400\n")
        let conflist = try #require(node.host.sandbox.read(TestHost.cniDirectory + "/30-cocoon-dhcp.conflist"))
        #expect(conflist.contains("\"mtu\": 1400"))
    }
}

/// What another program does to a node, and a command that succeeds when all is well again.
private struct NodeSabotage {
    let script: String
    let check: String

    static let all = [
        sysctl("ip_forward", "0", restored: "1"), sysctl("conf/cni0/forwarding", "0", restored: "1"),
        sysctl("conf/nic0/forwarding", "0", restored: "1"), sysctl("conf/nic0/rp_filter", "1", restored: "0"),
        NodeSabotage(script: "ip link set nic0 down", check: "ip link show nic0 up | grep -q ,UP"),
        NodeSabotage(script: "ip address flush dev cni0", check: "ip address show dev cni0 | grep -q 172.20.100.1/24"),
        NodeSabotage(script: "iptables -F FORWARD", check: accepts),
        NodeSabotage(script: "iptables -F; iptables -t nat -F; iptables -X; iptables -t nat -X", check: accepts),
        // The kernel says nothing of a file, so it comes with what is noticed.
        NodeSabotage(
            script: "rm \(TestHost.cniDirectory)/*; ip link set cni0 down",
            check: "ls \(TestHost.cniDirectory)/30-cocoon-dhcp.conflist; ip link show cni0 | grep -q ,UP"),
    ]

    private static let accepts =
        "iptables -C FORWARD -i nic0 -o cni0 -j ACCEPT && iptables -C FORWARD -i cni0 -o nic0 -j ACCEPT"

    private static func sysctl(_ name: String, _ value: String, restored: String) -> NodeSabotage {
        let path = "/proc/sys/net/ipv4/\(name)"
        return NodeSabotage(script: "echo \(value) > \(path)", check: "grep -q \(restored) \(path)")
    }
}
