import Addresses
import Glibc
import TestSupport
import Testing

/// `cocoon-net storm` where a storm cannot succeed: it ends, says what happened and what to do, and leaves
/// nothing.
@Suite(.needsSandbox, .endsWhenHung)
struct StormCommandTests {
    /// A host without a daemon.
    private let host: TestHost

    init() throws { host = try TestHost(poolSize: 20) }

    private func start(_ arguments: String...) throws -> ChildProcess {
        try host.sandbox.start([Program.cocoonNet, "storm"] + arguments)
    }

    /// The ports that the bridge has.
    private func portCount() throws -> Int {
        try host.sandbox.run(["ip", "-o", "link", "show", "master", host.bridge]).split(separator: "\n").count
    }

    @Test("without a server", arguments: [["--ports", "5"], []])
    func noServer(ports: [String]) throws {
        let storm = try host.sandbox.start(
            [Program.cocoonNet, "storm", "--bridge", host.bridge, "--clients", "5", "--timeout", "1s"] + ports)
        #expect(try storm.wait() == .exit(1))
        #expect(storm.output.contains("error: nobody answered within 1 s"), "\(storm.output)")
        #expect(storm.output.contains("Start one there"))
        #expect(try portCount() == 0)
    }

    @Test("with a pool that is smaller than the clients")
    func smallPool() throws {
        let daemon = try host.startDaemon()
        let storm = try start(
            "--bridge", host.bridge, "--ports", "30", "--isolated", "--timeout", "2s", "--back-off", "200ms")
        #expect(try storm.wait() == .exit(1))
        #expect(storm.output.contains("20 of 30"), "\(storm.output)")
        #expect(storm.output.contains("10 of 30 clients got no lease within 2 s: enlarge the server's pool"))
        #expect(daemon.process.isRunning)
        #expect(try portCount() == 0)
    }

    @Test(
        "on an interface that cannot work",
        arguments: [
            (["--interface", "nothing"], "interface nothing does not exist; \"ip link\" shows"),
            (["--interface", "cni0"], "interface cni0 is a bridge"), (["--interface", "lo"], "is not Ethernet"),
            (["--interface", "p0"], "interface p0 is a port of the bridge cni0"),
            (["--bridge", "lo"], "interface lo is not a bridge"),
            (["--bridge", "lo", "--ports", "3"], "interface lo is not a bridge"),
            (["--bridge", "cni0", "--ports", "1023"], "has 1 ports and can have at most 1023; use fewer --ports"),
        ])
    func wrongInterface(arguments: [String], problem: String) throws {
        try host.sandbox.shell("ip link add p0 type veth peer name v0; ip link set p0 master \(host.bridge) up")
        let storm = try host.sandbox.start([Program.cocoonNet, "storm"] + arguments)
        #expect(try storm.wait() == .exit(1))
        #expect(storm.output.hasPrefix("error: ") && storm.output.contains(problem), "\(storm.output)")
        #expect(try portCount() == 1)
    }

    @Test("interrupted or killed, it leaves no port", arguments: [SIGINT, SIGTERM, SIGKILL])
    func interrupted(signal: CInt) throws {
        let storm = try start("--bridge", host.bridge, "--ports", "40", "--output", "json")
        #expect(try eventually { try portCount() == 40 })
        storm.send(signal)
        let ending = try storm.wait()
        if signal == SIGKILL {
            // The kernel removes them with the namespace of their far ends, a moment later.
            #expect(try eventually { try portCount() == 0 })
        } else {
            #expect(ending == .exit(1))
            #expect(storm.output.contains("interrupted"), "\(storm.output)")
            #expect(try portCount() == 0)
        }
    }

    @Test("on many ports a server's leases are counted, and its processor time is shown")
    func ports() throws {
        let daemon = try host.startDaemon()
        let pid = try #require(host.sandbox.read(TestHost.pidFile)?.split(separator: "\n").first)
        let storm = try start(
            "--bridge", host.bridge, "--ports", "10", "--isolated", "--no-learning", "--static-entries", "--mix",
            "dora=5,renew=3,init-reboot=1,release=1", "--server-pid", String(pid))
        #expect(try storm.wait() == .exit(0), "\(storm.output)")
        #expect(storm.output.contains("10 clients on 10 ports of cni0, mixed, all at once"), "\(storm.output)")
        #expect(storm.output.contains("server's CPU"))
        #expect(try host.metrics()["cocoon_net_dhcp_lease_active"] == 9)
        #expect(daemon.process.isRunning)
    }
}
