import Addresses
import Testing
import TestSupport

@Suite("Forwarding", .needsSandbox, .needs("busybox"))
struct ForwardingTests {
    @Test(
        "no packet is lost while the rules are changed repeatedly",
        arguments: ProvisionHost.BackEnd.allCases)
    func noGap(_ backEnd: ProvisionHost.BackEnd) throws {
        let host = try ProvisionHost(backEnd)
        let outside = try Sandbox("outside")
        // A chain that drops what no rule accepts, as Docker leaves it.
        try host.sandbox.shell("PATH=/run/bin:$PATH; iptables -P FORWARD DROP")
        try host.sandbox.run(
            ["ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth0", "netns", "\(outside.processID)"],
            in: .network)
        try host.sandbox.shell("ip addr add 192.0.2.1/24 dev eth1; ip link set eth1 up")
        try outside.shell("ip addr add 192.0.2.2/24 dev eth0; ip link set eth0 up; ip route add default via 192.0.2.1")
        let arguments = [
            "adopt", "--platform", "volcengine", "--node-name", "n", "--subnet", "172.20.100.0/24", "--manage-iptables",
            "--addresses-file", "/run/addresses",
        ]
        try host.sandbox.write("172.20.100.9\n", to: "/run/addresses")
        try host.run(arguments + ProvisionHost.paths)
        let machine = try Machine("vm", mac: MACAddress(2, 0, 0, 0, 0, 1), on: host.sandbox, bridge: "cni0")
        try machine.sandbox.shell("ip addr add 172.20.100.9/24 dev eth0; ip route add default via 172.20.100.1")
        try outside.run(["busybox", "ping", "-c", "1", "-W", "5", "172.20.100.9"])

        // The next packet leaves as soon as the answer to the last one has arrived.
        let ping = try outside.start(["busybox", "ping", "-A", "-q", "-c", "40000", "172.20.100.9"])
        var changeCount = 0
        while ping.isRunning {
            changeCount += 1
            let drops = (0..<changeCount % 5).flatMap { ["--drop-cidr", "10.\($0).0.0/16"] }
            try host.run(arguments + drops + ProvisionHost.paths)
        }
        let ending = try ping.wait()
        #expect(ending == .exit(0))
        #expect(changeCount > 3)
        #expect(ping.output.contains("40000 packets transmitted, 40000 packets received"), "\(ping.output)")
    }

    @Test("a VM reaches nothing in a dropped network, and everything else")
    func drops() throws {
        let host = try ProvisionHost()
        let outside = try Sandbox("outside")
        try host.sandbox.run(
            ["ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth0", "netns", "\(outside.processID)"],
            in: .network)
        try host.sandbox.shell("ip addr add 192.0.2.1/24 dev eth1; ip link set eth1 up")
        try outside.shell("ip addr add 192.0.2.2/24 dev eth0; ip addr add 192.0.2.66/24 dev eth0; ip link set eth0 up")
        _ = try host.initialize(["--drop-cidr", "192.0.2.66/32"])
        let machine = try Machine("vm", mac: MACAddress(2, 0, 0, 0, 0, 1), on: host.sandbox, bridge: "cni0")
        try machine.sandbox.shell("ip addr add 172.20.100.9/24 dev eth0; ip route add default via 172.20.100.1")
        // The outside host has no route back: it can answer only masqueraded packets.
        try machine.sandbox.run(["busybox", "ping", "-c", "1", "-W", "5", "192.0.2.2"])
        #expect(throws: CommandError.self) {
            try machine.sandbox.run(["busybox", "ping", "-c", "1", "-W", "1", "192.0.2.66"])
        }
    }
}
