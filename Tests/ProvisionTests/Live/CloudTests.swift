import Glibc
import TestCloud
import TestSupport
import Testing

@testable import Node

/// The tool as users run it, on a host of its own, against a cloud that gives it real NICs.
@Suite("init and teardown on a host in a cloud", .needsSandbox)
struct CloudTests {
    private let arguments = ["init", "--node-name", "node-1", "--subnet", "172.20.100.0/24"] + ProvisionHost.paths

    @Test(
        "volcengine, found by its metadata: NICs are found by their MAC addresses, set up and served; teardown undoes it"
    )
    func volcengine() async throws {
        let host = try ProvisionHost()
        let cloud = TestVolcengine()
        try host.sandbox.shell("ip link set lo up; ip link add eth0 type veth peer name far; ip link set eth0 up")
        let sandbox = host.sandbox
        cloud.change { state in
            state.plugIn = { eni in
                // The kernel's number has nothing to do with the cloud's order.
                _ = try? sandbox.shell(
                    "ip link add nic-\(eni.id) address \(eni.macAddress) type veth peer name x\(eni.id)")
            }
        }
        let server = try await LoopbackHTTPServer(listeningSocket: try sandbox.listeningSocket(port: 8080)) {
            cloud.answer($0)
        }
        let environment = [
            "COCOON_NET_VOLCENGINE_ENDPOINT": "http://127.0.0.1:8080",
            "COCOON_NET_VOLCENGINE_METADATA": "http://127.0.0.1:8080",
            "COCOON_NET_GCE_METADATA": "http://127.0.0.1:1", "VOLCENGINE_ACCESS_KEY_ID": "AKEXAMPLE",
            "VOLCENGINE_SECRET_ACCESS_KEY": "SKEXAMPLE/+=", "PATH": "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        func run(_ arguments: [String]) throws -> String {
            try sandbox.run(
                ["env"] + environment.map { "\($0)=\($1)" } + [ProvisionHost.tool] + arguments, within: .seconds(60))
        }

        let before = try host.snapshot()
        let plan = try run(arguments + ["--pool-size", "45", "--dry-run", "--output", "json"])
        let steps = try JSON(parsing: Array(plan.utf8))["steps"]
        #expect(steps?.compactText.contains("create 3 ENIs") == true)
        #expect(try host.snapshot() == before)

        let output = try run(arguments + ["--pool-size", "45"])
        #expect(output.contains("done: attach 3 ENIs to i-1") && !output.contains("SKEXAMPLE"))
        let pool = try sandbox.pool()
        #expect(pool.ips.count == 45 && pool.secondaryNICs.count == 3 && pool.primaryNIC == "eth0")
        for nic in pool.secondaryNICs {
            #expect(try sandbox.run(["ip", "link", "show", nic]).contains(",UP"))
            #expect(try host.rules().contains("-A FORWARD -i \(nic) -o cni0 -j ACCEPT"))
        }
        let status = try run(["status"] + ProvisionHost.paths)
        #expect(status.contains("ENIs:       3\nSubnetID:   subnet-"))

        _ = try run(["teardown", "--delete-subnet"] + ProvisionHost.paths)
        #expect(cloud.now.secondaryENIs == [] && cloud.now.subnets.count == 1)
        #expect(try !host.rules().contains("cni0"))
        #expect(sandbox.read(ProvisionHost.poolFile) == nil)
        try await server.stop()
    }
}

extension Sandbox {
    /// A socket that listens on 127.0.0.1 in the sandbox's network.
    fileprivate func listeningSocket(port: UInt16) throws -> CInt {
        try inside(.network) {
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            // SAFETY: the structure outlives the call, and the size is its own.
            let code = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard code == 0, listen(descriptor, 64) == 0 else {
                throw CommandError(arguments: ["bind", "\(port)"], problem: "failed", output: "errno \(errno)")
            }
            return descriptor
        }
    }
}
