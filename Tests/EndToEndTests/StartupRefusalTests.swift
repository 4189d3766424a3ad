import Addresses
import Glibc
import TestSupport
import Testing

/// What keeps a daemon from starting: exit 1 and a sentence that says what to do.
@Suite(.needsSandbox, .endsWhenHung)
struct StartupRefusalTests {
    /// Waits for the daemon to refuse, and returns what it said.
    private func refusal(of daemon: Daemon) throws -> String {
        let ending = try daemon.process.wait(within: .seconds(15))
        #expect(ending == .exit(1), "\(daemon.process.output)")
        return daemon.process.output
    }

    @Test("a second daemon names the first and leaves it alone")
    func secondDaemon() throws {
        let host = try TestHost()
        let first = try host.startDaemon()
        let text = try refusal(of: Daemon(on: host))
        let pid = try #require(host.sandbox.read(TestHost.pidFile)?.split(separator: "\n").first)
        #expect(text.contains(pid) && text.contains(TestHost.pidFile), "\(text)")
        #expect(first.process.isRunning)
        _ = try host.machine().client().lease()
        // The refused daemon did not remove the first one's pid file.
        #expect(host.sandbox.read(TestHost.pidFile) != nil)
    }

    @Test("a control socket that cannot be made is named, with what to do")
    func readOnlySocket() throws {
        let host = try TestHost()
        try host.sandbox.shell("mkdir /run/sealed; mount -t tmpfs -o ro tmpfs /run/sealed")
        let daemon = try host.sandbox.start(
            [Program.cocoonNet, "daemon"] + host.daemonArguments.prefix(6)
                + ["--control-socket", "/run/sealed/control.sock"])
        #expect(try daemon.wait() == .exit(1))
        let text = "cannot make the control socket /run/sealed/control.sock: Read-only file system; make its directory"
        #expect(daemon.output.contains(text), "\(daemon.output)")
    }

    @Test("a pid file of a daemon that died does not keep the next one from starting")
    func stalePidFile() throws {
        let host = try TestHost()
        let first = try host.startDaemon()
        first.process.send(SIGKILL)
        _ = try first.process.wait()
        #expect(host.sandbox.read(TestHost.pidFile) != nil)
        let second = try host.startDaemon()
        _ = try host.machine().client().lease()
        #expect(second.process.isRunning)
    }

    @Test("a daemon that is started the moment the last one is killed waits for its end, and serves")
    func atOnceAfterKill() throws {
        let host = try TestHost(poolSize: 1000)
        var daemon = try host.startDaemon()
        for _ in 0..<10 {
            daemon.process.send(SIGKILL)
            let next = try host.startDaemon()
            _ = try daemon.process.wait()
            daemon = next
        }
        _ = try host.machine().client().lease()
    }

    @Test("a clean stop removes the pid file")
    func cleanStop() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        #expect(try daemon.process.stop(within: .seconds(5)) == .exit(0), "\(daemon.process.output)")
        #expect(host.sandbox.read(TestHost.pidFile) == nil)
    }

    @Test("another DHCP server on this bridge is named", .needs("dnsmasq"))
    func foreignServer() throws {
        let host = try TestHost()
        let dnsmasq = try startDnsmasq(on: host.sandbox, interface: host.bridge, network: "172.20.100")
        let text = try refusal(of: Daemon(on: host))
        #expect(text.contains("dnsmasq") && text.contains("67") && text.contains(host.bridge), "\(text)")
        #expect(dnsmasq.isRunning)
    }

    @Test("another DHCP server on another bridge does not matter", .needs("dnsmasq"))
    func serverElsewhere() throws {
        let host = try TestHost()
        try host.sandbox.shell(
            """
            ip link add virbr0 type bridge
            ip address add 192.168.122.1/24 dev virbr0
            ip link set virbr0 up
            """)
        let dnsmasq = try startDnsmasq(on: host.sandbox, interface: "virbr0", network: "192.168.122")
        let daemon = try host.startDaemon()
        _ = try host.machine().client().lease()
        #expect(dnsmasq.isRunning && daemon.process.isRunning)
    }

    @Test("an interface that does not exist is named")
    func missingBridge() throws {
        let host = try TestHost()
        let text = try refusal(of: Daemon(on: host, ["--interface", "nosuch0"]))
        #expect(text.contains("nosuch0"), "\(text)")
    }

    @Test("a daemon without its capabilities says which it needs", .needs("setpriv"))
    func missingCapabilities() throws {
        let host = try TestHost()
        let daemon = try Daemon(on: host, wrappedIn: ["setpriv", "--bounding-set=-all", "--inh-caps=-all"])
        let text = try refusal(of: daemon)
        #expect(text.contains("CAP_NET_ADMIN") || text.contains("CAP_NET_RAW"), "\(text)")
    }

    @Test("a daemon with too low a limit of files says how many it needs, and that many are enough")
    func fewDescriptors() throws {
        let host = try TestHost()
        func start(_ limit: Int) throws -> Daemon {
            try Daemon(on: host, wrappedIn: ["/bin/sh", "-c", "ulimit -n \(limit); exec \"$@\"", "sh"])
        }
        let text = try refusal(of: start(30))
        #expect(text.contains("the limit is 30"), "\(text)")
        let remedy = try #require(text.firstMatch(of: /ulimit -n ([0-9]+)/))
        let daemon = try start(try #require(Int(remedy.1)))
        try daemon.waitUntilReady()
        let machine = try host.machine()
        let client = try machine.client()
        let lease = try client.lease()
        let idle = try (0..<80).flatMap { _ in
            try [.port(host.metricsPort), .socket(TestHost.controlSocket)].map {
                try HTTPConnection(to: $0, in: host.sandbox)
            }
        }
        try host.sandbox.run(["ip", "link", "delete", host.bridge])
        #expect(eventually { daemon.process.output.contains("serving again") }, "\(daemon.process.output)")
        try machine.plug(into: host.bridge, of: host.sandbox)
        #expect(try client.lease().address == lease.address)
        #expect(try host.control("DELETE", "/v1/leases/\(client.mac)").status == 204)
        #expect(try host.leaseRows().isEmpty && idle.count == 160)
        #expect(try daemon.process.stop() == .exit(0), "\(daemon.process.output)")
    }

    @Test(
        "a flag with an impossible value is refused, and the error shows the value",
        arguments: [
            ["--lease-time", "0s"], ["--lease-time", "soon"], ["--workers", "0"], ["--relay", "10.0.0.256"],
            ["--ring-size", "0"], ["--ring-size", "65"],
        ])
    func badFlags(_ flags: [String]) throws {
        let host = try TestHost()
        let daemon = try Daemon(on: host, flags)
        let ending = try daemon.process.wait(within: .seconds(15))
        #expect(ending != .exit(0))
        #expect(daemon.process.output.contains(flags[1]), "\(daemon.process.output)")
        #expect(host.sandbox.read(TestHost.pidFile) == nil)
    }

    /// Starts dnsmasq as libvirt runs it: bound to one interface. Returns when it holds UDP port 67.
    private func startDnsmasq(on sandbox: Sandbox, interface: String, network: String) throws -> ChildProcess {
        let dnsmasq = try sandbox.start([
            "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--user=root", "--bind-interfaces",
            "--interface=\(interface)", "--except-interface=lo", "--dhcp-leasefile=/run/dnsmasq.leases",
            "--dhcp-range=\(network).10,\(network).20,1h",
        ])
        let listens = try eventually { try sandbox.run(["ss", "-Hlun", "sport = :67"]).contains(":67") }
        guard listens else {
            throw CommandError(arguments: dnsmasq.arguments, problem: "no port 67", output: dnsmasq.output)
        }
        return dnsmasq
    }
}
