import Addresses
import TestCloud
import TestSupport

@testable import Node

/// A VPC to test in: a router, two nodes that are connected to it as their cloud says, and a host that is not ours.
final class TestVPC: Sendable {
    let platform: Pool.Platform
    let volcengine = TestVolcengine()
    let gce = TestGCE()
    let router: Sandbox
    let stranger: Sandbox
    let nodes: [VPCNode]

    static let network = IPv4Network(containing: IPv4Address(172, 20, 0, 0), prefixLength: 16)
    private static let gateway = IPv4Address(172, 20, 0, 1)

    init(_ platform: Pool.Platform) async throws {
        self.platform = platform
        let router = try Sandbox("vpc")
        self.router = router
        try router.shell("cd /proc/sys/net/ipv4; echo 1 > ip_forward; echo 0 | tee conf/*/rp_filter")
        let stranger = try Sandbox("stranger")
        self.stranger = stranger
        try Self.connect(stranger, nic: "eth0", IPv4Address(172, 20, 0, 99), to: router, port: "p-99")

        volcengine.change { $0.addInstance(2) }
        gce.change { $0.instances["node-2"] = TestGCE.Instance() }
        let hosts = [try ProvisionHost(), try ProvisionHost()]
        let sandboxes = hosts.map(\.sandbox)
        for (index, sandbox) in sandboxes.enumerated() {
            let nic = platform == .gke ? "ens4" : "eth0"
            let address = Self.address(ofNode: index + 1)
            try Self.connect(sandbox, nic: nic, address, to: router, port: "p-\(index + 1)")
        }
        volcengine.change { state in
            state.plugIn = { Self.plug($0, into: router, sandboxes) }
            state.unplug = { eni in _ = try? router.run(["ip", "link", "delete", Self.port(of: eni)]) }
        }
        let (volcengine, gce) = (volcengine, gce)
        var nodes: [VPCNode] = []
        for (index, host) in hosts.enumerated() {
            let number = index + 1
            nodes.append(
                try await VPCNode(number, host, platform) { request in
                    let answer =
                        platform == .gke
                        ? gce.answer(request, to: "node-\(number)") : volcengine.answer(request, to: "i-\(number)")
                    if request.method == "PATCH" || request["Action"]?.hasPrefix("Describe") == false {
                        Self.follow(volcengine.now, gce.now, router)
                    }
                    return answer
                })
        }
        self.nodes = nodes
        follow()
    }

    func close() async throws { for node in nodes { try await node.server.stop() } }

    /// Updates the router to the state of the clouds.
    func follow() { Self.follow(volcengine.now, gce.now, router) }

    private static func address(ofNode number: Int) -> IPv4Address { IPv4Address(172, 20, 0, UInt8(4 + number)) }

    private static func port(of eni: TestVolcengine.ENI) -> String { "x-\(eni.id)" }

    /// Connects the router to the first NIC of a machine.
    private static func connect(
        _ machine: Sandbox, nic: String, _ address: IPv4Address, to router: Sandbox, port: String
    ) throws {
        // Runs outside the process namespace, so that `ip` knows the sandbox by the process ID that we see.
        let peer = ["peer", "name", nic, "netns", "\(machine.processID)"]
        try router.run(["ip", "link", "add", port, "type", "veth"] + peer, in: .network)
        try router.shell(
            """
            echo 1 > /proc/sys/net/ipv4/conf/\(port)/proxy_arp
            echo 0 > /proc/sys/net/ipv4/neigh/\(port)/proxy_delay
            ip address add \(gateway)/32 dev \(port)
            ip link set \(port) up
            ip route add \(address)/32 dev \(port)
            """)
        try machine.shell(
            """
            ip address add \(address)/24 dev \(nic)
            ip link set \(nic) up
            ip route add default via \(gateway)
            """)
    }

    /// Makes the NIC of an ENI, with the router at the other end. The router sends frames for the ENI's addresses to
    /// its MAC address.
    private static func plug(_ eni: TestVolcengine.ENI, into router: Sandbox, _ nodes: [Sandbox]) {
        let port = port(of: eni)
        guard let number = eni.instanceID.flatMap({ Int($0.dropFirst("i-".count)) }) else { return }
        let end = ["ip", "link", "add", "nic-\(eni.id)", "address", "\(eni.macAddress)", "type", "veth"]
        let peer = ["peer", "name", port, "netns", "\(router.processID)"]
        _ = try? nodes[number - 1].run(end + peer, in: .network)
        _ = try? router.run(["ip", "link", "set", port, "up"])
        for address in eni.secondaryAddresses {
            _ = try? router.shell(
                """
                ip route replace \(address)/32 dev \(port)
                ip neigh replace \(address) lladdr \(eni.macAddress) dev \(port) nud permanent
                """)
        }
    }

    /// Applies the security groups as firewall rules and the alias ranges as routes.
    private static func follow(_ volcengine: TestVolcengine.State, _ gce: TestGCE.State, _ router: Sandbox) {
        var rules = "*filter\n:FORWARD ACCEPT\n"
        for eni in volcengine.secondaryENIs where eni.instanceID != nil {
            let exit = "-A FORWARD -o \(port(of: eni))"
            rules += "\(exit) -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n"
            for network in eni.groupIDs.flatMap({ volcengine.groups[$0] ?? [] }) {
                rules += "\(exit) -s \(network) -j ACCEPT\n"
            }
            rules += "\(exit) -j DROP\n"
        }
        _ = try? router.shell("iptables-restore <<'end'\n\(rules)COMMIT\nend")
        _ = try? router.shell("ip route flush proto 77 || true")
        for number in 1...2 {
            for alias in gce.instances["node-\(number)"]?.aliases ?? [] {
                let hop = "via \(address(ofNode: number)) dev p-\(number) onlink"
                _ = try? router.shell("ip route replace \(alias.network) \(hop) proto 77")
            }
        }
    }
}

/// A node of the VPC, with the tools as users run them, the daemon, and VMs.
struct VPCNode: Sendable {
    let number: Int
    let host: ProvisionHost
    let server: LoopbackHTTPServer
    private let environment: [String: String]

    init(
        _ number: Int, _ host: ProvisionHost, _ platform: Pool.Platform,
        _ answer: @escaping @Sendable (ServedRequest) -> Serving
    ) async throws {
        self.number = number
        self.host = host
        let (url, nobody) = ("http://127.0.0.1:8080", "http://127.0.0.1:1")
        environment = [
            "COCOON_NET_VOLCENGINE_ENDPOINT": url, "COCOON_NET_GCE_ENDPOINT": url + "/compute/v1",
            "COCOON_NET_VOLCENGINE_METADATA": platform == .gke ? nobody : url,
            "COCOON_NET_GCE_METADATA": platform == .gke ? url : nobody,
            "VOLCENGINE_ACCESS_KEY_ID": "AKEXAMPLE", "VOLCENGINE_SECRET_ACCESS_KEY": "SKEXAMPLE/+=",
            "PATH": "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        try host.installPlugins()
        server = try await LoopbackHTTPServer(
            listeningSocket: try host.sandbox.listeningSocket(port: 8080), answer)
    }

    var pool: Pool { get throws { try host.sandbox.pool() } }

    func run(_ arguments: [String]) throws -> String {
        try host.sandbox.run(command + arguments + ProvisionHost.paths, environment: environment, within: .seconds(60))
    }

    /// Starts the tool and does not wait for it.
    func start(_ arguments: [String]) throws -> ChildProcess {
        try host.sandbox.start(command + arguments + ProvisionHost.paths, environment: environment)
    }

    /// What doctor prints, and whether all of its checks passed.
    func doctor() throws -> (isHealthy: Bool, text: String) {
        let process = try start(["doctor", "--cni-bin-dir", ProvisionHost.pluginDirectory])
        return (try process.wait(within: .seconds(60)) == .exit(0), process.output)
    }

    private var command: [String] { [ProvisionHost.tool] }

    /// Boots a VM that gets its address by DHCP.
    func boot() throws -> (machine: Machine, address: IPv4Address) {
        let machine = try Machine(
            "vm\(number)", mac: MACAddress(2, 0, 0, 0, 0, UInt8(number)), on: host.sandbox, bridge: "cni0")
        try host.sandbox.run(["bridge", "link", "set", "dev", machine.port, "isolated", "on"])
        try machine.sandbox.write(Self.hook, to: "/run/hook", mode: 0o755)
        try machine.sandbox.run(["udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", "/run/hook", "-t", "10", "-T", "1"])
        let pool = try pool
        guard let address = try pool.ips.first(where: { try machine.has($0) }) else {
            throw ExchangeError("the VM has no address of the pool")
        }
        return (machine, address)
    }

    private static let hook = """
        #!/bin/sh
        if [ "$1" = bound ]; then
            ip address replace "$ip/$mask" dev "$interface"
            ip route replace default via "$router"
        fi

        """
}

extension Sandbox {
    /// Whether a packet to an address is answered.
    func reaches(_ address: IPv4Address) throws -> Bool {
        try start(["busybox", "ping", "-c", "1", "-W", "2", "\(address)"]).wait() == .exit(0)
    }
}
