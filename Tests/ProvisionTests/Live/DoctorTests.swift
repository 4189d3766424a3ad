import Glibc
import TestSupport
import Testing

@testable import Node

@Suite("status and doctor on a host", .needsSandbox)
struct DoctorTests {
    /// Stops the daemon, which would put back what is broken.
    private static let freeze = "kill -STOP $(cat /run/daemon.pid)"
    private static let doctor = ["doctor", "--cni-bin-dir", ProvisionHost.pluginDirectory] + ProvisionHost.paths

    /// A host after `init`, with its daemon.
    private func host() throws -> (ProvisionHost, ChildProcess) {
        let host = try ProvisionHost()
        _ = try host.initialize()
        try host.installPlugins()
        return (host, try host.startDaemon())
    }

    /// The host's state, without the files that a starting daemon writes and those that doctor writes to test the disk.
    private func lastingState(of host: ProvisionHost) throws -> Set<Substring> {
        let lines = try host.snapshot().split(separator: "\n")
        return Set(lines.filter { !$0.hasPrefix("/run/state ") && !$0.contains("/run/state/leases.") })
    }

    /// A host after `init`, with a process that passes as its daemon.
    private func hostWithPretender() throws -> (ProvisionHost, ChildProcess) {
        let host = try ProvisionHost()
        _ = try host.initialize()
        try host.sandbox.shell("cp /bin/sleep /run/cocoon-net")
        let daemon = try host.sandbox.start(["/bin/sh", "-c", "echo $$ > /run/daemon.pid; exec /run/cocoon-net 60"])
        try #require(eventually { host.sandbox.read("/run/daemon.pid")?.isEmpty == false })
        return (host, daemon)
    }

    @Test("on a healthy host every check is good, and nothing is changed")
    func healthy() throws {
        let (host, daemon) = try host()
        let before = try lastingState(of: host)
        let output = try host.run(Self.doctor)
        #expect(output.contains("ok      the daemon runs\n") && !output.contains("FAILED"), "\(output)")
        #expect(output.contains("ok      the daemon answers a DISCOVER on cni0\n"), "\(output)")
        #expect(output.contains("ok      no other DHCP server answers on cni0\n"))
        #expect(output.contains("ok      the CNI network's plugins are there and know its settings\n"))
        #expect(output.contains("ok      the state directory has room\n"))
        // The bridge loses its carrier with the test port, and the kernel takes a moment for that.
        var changes: Set<Substring> = []
        let isAsBefore = try eventually {
            changes = try lastingState(of: host).symmetricDifference(before)
            return changes.isEmpty
        }
        #expect(isAsBefore, "\(changes)")
        try daemon.stop()
    }

    @Test(
        "each broken thing fails its check, with the cause and what to do",
        arguments: [
            ("rm /run/daemon.pid", "FAILED  the daemon runs: /run/daemon.pid names no running daemon"),
            ("\(Self.freeze); echo 0 > /proc/sys/net/ipv4/ip_forward", "set net.ipv4.ip_forward to 1: it is 0"),
            (
                "\(Self.freeze); echo 1 > /proc/sys/net/ipv4/conf/cni0/rp_filter",
                "set net.ipv4.conf.cni0.rp_filter to 0: it is 1"
            ),
            (
                "\(Self.freeze); PATH=/run/bin:$PATH iptables -t nat -F POSTROUTING",
                "some are missing or stale (nat: -A POSTROUTING -s 172.20.100.0/24 ! -o cni0 -j MASQUERADE)"
            ),
            (
                "\(Self.freeze); PATH=/run/bin:$PATH iptables -F FORWARD",
                "some are missing or stale (filter: -A FORWARD -i cni0 -o cni0 -j ACCEPT)"
            ),
            ("\(Self.freeze); ip link set cni0 down", "set cni0 up: it is down"),
            (
                "\(Self.freeze); rm /run/cni/30-cocoon-dhcp.conflist",
                "write /run/cni/30-cocoon-dhcp.conflist: there is none"
            ),
            (
                "ip link add p0 type veth peer name q0; ip link set p0 master cni0; bridge link set dev p0 learning off",
                "without learning: p0; not isolated: p0"
            ),
            (
                #"echo '{"plugins": [{"bridge": "cni0", "ipam": {"type": "dhcp"}}]}' > /run/cni/10-x.conflist"#,
                "FAILED  no CNI network requests addresses on behalf of the VMs: 10-x.conflist has ipam dhcp"
            ),
            (
                Self.freeze,
                "the daemon answers a DISCOVER on cni0: it does not answer through a new port"
            ),
            (
                """
                ip link add p0 type veth peer name q0; ip link set p0 master cni0 up; ip link set q0 up
                \(ProvisionHost.probe) reflector --interface q0 > /dev/null 2>&1 &
                """, "FAILED  no other DHCP server answers on cni0: 10.255.255.254 ("
            ),
            (
                "PATH=/run/bin:$PATH; iptables -N X; iptables -A X -j DROP; iptables -I FORWARD -j X",
                "FAILED  no other rule drops the packets of VMs: iptables: the chain X drops, and FORWARD jumps to it"
            ),
            ("iptables-legacy -P FORWARD DROP", "iptables-legacy: FORWARD drops, and has none of our rules"),
            ("rm /run/plugins/bridge", "and know its settings: there is no /run/plugins/bridge"),
            (
                "sed -i s/portIsolation/nothing/ /run/plugins/bridge",
                "bridge does not know portIsolation: each VM's broadcasts reach all others"
            ),
            (
                "sed -i s/1.0.0/0.3.1/g /run/plugins/bridge",
                "bridge supports 0.4.0, 0.3.1, and the network has 1.0.0"
            ),
            (
                "sed -i '/echo/d' /run/plugins/bridge", "/run/plugins/bridge does not report its versions"
            ),
            (
                "cp -a /run/state /run/copy; mount -t tmpfs -o size=1m tmpfs /run/state; cp -a /run/copy/. /run/state",
                "KiB are free: without any, no VM gets a lease"
            ),
            ("mount -t tmpfs -o size=16k tmpfs /run/state; echo", "there is no such file"),
        ])
    func broken(script: String, finding: String) throws {
        let (host, daemon) = try host()
        try host.sandbox.shell(script)
        let output = try host.fail(Self.doctor)
        #expect(output.contains(finding), "\(output)")
        #expect(output.contains("what to do: ") || output.contains("; run \"cocoon-net init\""))
        daemon.send(SIGKILL)
    }

    @Test("the kernel is asked whether it forwards packets to VMs, and why not")
    func forwarding() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell(
            """
            ip link add eth0 type veth peer name far; ip addr add 192.0.2.2/24 dev eth0
            ip link set eth0 up; ip link set far up; ip route add default via 192.0.2.1
            """)
        _ = try host.initialize()
        func findings(after script: String) throws -> String {
            try host.sandbox.shell(script)
            return try host.fail(Self.doctor)
        }
        #expect(
            try findings(after: "true").contains(
                "ok      the kernel forwards packets to VMs\nok      the kernel forwards packets from VMs\n"))
        let conf = "/proc/sys/net/ipv4/conf"
        #expect(
            try findings(after: "echo 0 > \(conf)/eth0/forwarding").contains(
                "FAILED  the kernel forwards packets to VMs: 172.20.100.2 from 8.8.8.8 iif eth0: it is not forwarded"))
        #expect(
            try findings(after: "echo 1 > \(conf)/eth0/forwarding; echo 0 > \(conf)/cni0/forwarding").contains(
                "FAILED  the kernel forwards packets from VMs: 8.8.8.8 from 172.20.100.2 iif cni0: it is not forwarded")
        )
        #expect(
            try findings(
                after: "echo 1 > \(conf)/cni0/forwarding; echo 1 > \(conf)/eth0/rp_filter; ip route add 8.8.8.8 dev far"
            ).contains("iif eth0: the source is refused; net.ipv4.conf.eth0.rp_filter may not be 0"))
        #expect(
            try findings(after: "echo 0 > \(conf)/eth0/rp_filter; ip address add 172.20.100.2/32 dev lo").contains(
                "iif eth0: the address is this host's own"))
    }

    @Test("status adds the current state to the contract's lines")
    func status() throws {
        let (host, daemon) = try hostWithPretender()
        try host.sandbox.shell(
            """
            ip route add 172.20.100.60/32 dev cni0 proto dhcp
            echo '[{"mac": "02:00:00:00:00:01", "ip": "172.20.100.60"}]' > /run/state/leases.json
            """)
        let output = try host.run(["status"] + ProvisionHost.paths)
        #expect(output.hasPrefix("Platform:   none\nNode:       node-1\n"))
        #expect(output.contains("Daemon:     running (process "))
        #expect(output.contains("Leases:     1 of 140\nRoutes:     1 on cni0\nNICs:       (none)\n"))
        let document = try JSON(
            parsing: Array(try host.run(["status", "--output", "json"] + ProvisionHost.paths).utf8))
        #expect(document["pool"]?["nodeName"] == .string("node-1"))
        #expect(document["now"]?["leases"] == .number("1") && document["now"]?["routes"] == .number("1"))
        try daemon.stop()
    }
}
