import Addresses
import TestCloud
import TestSupport
import Testing

@testable import Node

/// What users do: from two bare instances to VMs that reach each other, and back.
@Suite("Two nodes in one VPC", .needsSandbox, .needs("udhcpc"), .endsWhenHung)
struct TwoNodeTests {
    private static let initialize = [
        "--subnet", "auto", "--supernet", "172.20.0.0/16", "--pool-size", "3",
    ]

    @Test(
        "volcengine: init, daemon, VMs that the VPC reaches; doctor names a missing security rule; teardown leaves nothing"
    )
    func volcengine() async throws {
        let vpc = try await TestVPC(.volcengine)
        vpc.volcengine.change { $0.groups["sg-1"] = [] }
        for output in try initialize(vpc) {
            #expect(output.contains("warning: the security group sg-1 does not let all of 172.20.0.0/16 in"))
        }
        #expect(Set(try vpc.nodes.map { try $0.pool.subnet.description }) == ["172.20.1.0/24", "172.20.2.0/24"])
        let daemons = try vpc.nodes.map { try $0.host.startDaemon() }
        let VMs = try vpc.nodes.map { try $0.boot() }
        let server = try serve(VMs[0].machine)

        #expect(try !vpc.stranger.reaches(VMs[0].address))
        #expect(try !VMs[0].machine.sandbox.reaches(VMs[1].address))
        let broken = try vpc.nodes[0].doctor()
        #expect(!broken.isHealthy)
        #expect(
            broken.text.contains(
                "FAILED  the security groups let the VPC's own packets in: sg-1 keeps out 172.20.0.0/16"))

        let opened = try vpc.nodes[0].run(
            ["init", "--node-name", "node-1", "--ensure-security-group-rule"] + Self.initialize)
        #expect(opened.contains("done: let all of 172.20.0.0/16 into the security group sg-1"))
        #expect(opened.contains("still serves what it read at its start: restart it"))
        try expectReach(vpc, VMs)
        for node in vpc.nodes {
            let healthy = try node.doctor()
            #expect(healthy.isHealthy, "\(healthy.text)")
        }
        try server.stop()
        try await end(vpc, daemons)
        #expect(vpc.volcengine.now.secondaryENIs == [] && vpc.volcengine.now.subnets.map(\.id) == ["subnet-host"])
        try await vpc.close()
    }

    @Test("gke: init, daemon, VMs that the VPC reaches, whatever the guest agent does; teardown leaves nothing")
    func gke() async throws {
        let vpc = try await TestVPC(.gke)
        vpc.gce.change { $0.ranges = [.init(IPv4Network("172.20.64.0/18")!, "cocoon-pods")] }
        _ = try initialize(vpc)
        #expect(Set(try vpc.nodes.map { try $0.pool.subnet.description }) == ["172.20.64.0/24", "172.20.65.0/24"])
        let daemons = try vpc.nodes.map { try $0.host.startDaemon() }
        let VMs = try vpc.nodes.map { try $0.boot() }
        let server = try serve(VMs[0].machine)
        try expectReach(vpc, VMs)

        // The guest agent adds its route again and again, and the daemon removes it each time.
        let sandbox = vpc.nodes[0].host.sandbox
        let subnet = try vpc.nodes[0].pool.subnet
        for _ in 1...3 {
            try sandbox.shell("ip route add local \(subnet) dev ens4 table local proto 66")
            #expect(
                try eventually { try !sandbox.shell("ip route show table local").contains("\(subnet) dev ens4") })
        }
        #expect(daemons[0].output.contains("removed a local route to the VMs' addresses"))
        try expectReach(vpc, VMs)
        for node in vpc.nodes {
            let healthy = try node.doctor()
            #expect(healthy.isHealthy, "\(healthy.text)")
        }
        try server.stop()
        try await end(vpc, daemons)
        #expect(vpc.gce.now.instances.values.allSatisfy { $0.aliases == [] })
        try await vpc.close()
    }

    /// Runs `init` on both nodes at once, and returns what each printed.
    private func initialize(_ vpc: TestVPC) throws -> [String] {
        let processes = try vpc.nodes.map { node in
            try node.start(["init", "--node-name", "node-\(node.number)"] + Self.initialize)
        }
        return try processes.map { process in
            let ending = try process.wait(within: .seconds(60))
            #expect(ending == .exit(0), "\(process.output)")
            return process.output
        }
    }

    /// An HTTP server on the port of Windows' remote desktop.
    private func serve(_ machine: Machine) throws -> ChildProcess {
        try machine.sandbox.shell("mkdir -p /run/www; echo hello > /run/www/hello")
        let server = try machine.sandbox.start(["busybox", "httpd", "-f", "-p", "3389", "-h", "/run/www"])
        let listens = eventually { machine.sandbox.read("/proc/1/net/tcp6")?.contains(":0D3D ") == true }
        #expect(listens, "\(server.output)")
        return server
    }

    private func expectReach(_ vpc: TestVPC, _ VMs: [(machine: Machine, address: IPv4Address)]) throws {
        for VM in VMs { #expect(try vpc.stranger.reaches(VM.address)) }
        let talk = "exec 3<>/dev/tcp/\(VMs[0].address)/3389; printf 'GET /hello HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        #expect(try vpc.stranger.run(["timeout", "10", "/bin/bash", "-c", talk]).hasSuffix("\r\n\r\nhello\n"))
        #expect(try VMs[0].machine.sandbox.reaches(VMs[1].address))
        #expect(try VMs[1].machine.sandbox.reaches(VMs[0].address))
    }

    private func end(_ vpc: TestVPC, _ daemons: [ChildProcess]) async throws {
        for (node, daemon) in zip(vpc.nodes, daemons) {
            #expect(try daemon.stop() == .exit(0))
            _ = try node.run(["teardown"] + (vpc.platform == .volcengine ? ["--delete-subnet"] : []))
            #expect(node.host.sandbox.read(ProvisionHost.poolFile) == nil)
            let links = try node.host.sandbox.run(["ip", "-br", "link"])
            #expect(!links.contains("cni0") && !links.contains("nic-"), "\(links)")
        }
    }
}
