import Addresses
import Glibc
import TestSupport
import Testing

/// DHCP is served again, whatever happened to the bridge and whatever failed for a while.
@Suite(.needsSandbox, .endsWhenHung)
struct BridgeTests {
    private static let gauge = "cocoon_net_serving"

    private func isServing(_ host: TestHost) throws -> Bool { try host.metrics()[Self.gauge] == 1 }

    @Test("a bridge that was changed is served again", arguments: BridgeChange.all)
    func changed(_ change: BridgeChange) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        _ = try machine.client().lease()
        #expect(try isServing(host))

        // The daemon sleeps meanwhile: it would make the bridge again before the script can.
        daemon.process.send(SIGSTOP)
        try host.sandbox.shell(change.script)
        daemon.process.send(SIGCONT)
        // A port stays without a bridge after its bridge was deleted.
        try host.sandbox.shell("while [ ! -e /sys/class/net/\(host.bridge) ]; do sleep 0.01; done")
        try machine.plug(into: host.bridge, of: host.sandbox)
        let client = try machine.client(MACAddress(2, 0, 0, 0, 0, 9))
        client.patience = .milliseconds(200)
        let offer = try eventually(within: .seconds(5)) { try client.discover() }
        #expect(offer != nil, "\(daemon.process.output)")
        client.patience = .seconds(3)
        let lease = try client.lease()
        #expect(host.hasRoute(to: lease.address))
        #expect(try isServing(host))
    }

    @Test(
        "if the bridge is gone and cannot be served for a while, the daemon retries without help", .needs("strace"),
        arguments: [Outage.sockets])
    func outage(_ outage: Outage) throws {
        let host = try TestHost(adopt: ["--manage-iptables"])
        try outage.prepare(host)
        let inbox = try NotificationInbox(in: host.sandbox)
        let daemon = try Daemon(
            on: host, outage.daemonArguments,
            wrappedIn: ["env", "NOTIFY_SOCKET=\(inbox.name)", "WATCHDOG_USEC=1000000", "PATH=\(Outage.path)"])
        try daemon.waitUntilReady()
        try inbox.next("READY=1")
        let machine = try host.machine()

        let end = try outage.begin(host)
        try host.sandbox.run(["ip", "link", "delete", host.bridge])
        #expect(eventually { daemon.process.output.contains("cannot serve the bridge") }, "\(daemon.process.output)")
        // Two more attempts: after 0.5 s and after 1 s.
        let outageEnd = ContinuousClock.now + .milliseconds(1800)
        while ContinuousClock.now < outageEnd {
            #expect(try inbox.next("WATCHDOG=1", within: .seconds(1)).isEmpty == false)
        }
        let output = daemon.process.output
        #expect(output.split(separator: "cannot serve the bridge").count == 2, "one line: \(output)")
        try end()

        #expect(eventually(within: .seconds(5)) { daemon.process.output.contains("serving again") })
        #expect(try isServing(host))
        try machine.plug(into: host.bridge, of: host.sandbox)
        _ = try machine.client().lease()
        #expect(daemon.process.isRunning)
    }

    @Test(
        "while iptables fails or hangs, a new bridge is served all the same, and lost rules are back when it works again",
        arguments: Outage.tools)
    func rules(_ outage: Outage) throws {
        let host = try TestHost(adopt: ["--manage-iptables"])
        try outage.prepare(host)
        let daemon = try Daemon(on: host, wrappedIn: ["env", "PATH=\(Outage.path)"])
        try daemon.waitUntilReady()
        let machine = try host.machine()
        let end = try outage.begin(host)
        try host.sandbox.shell("iptables -F FORWARD; ip link delete \(host.bridge)")
        #expect(eventually(within: .seconds(5)) { daemon.process.output.contains("serving again") })
        try machine.plug(into: host.bridge, of: host.sandbox)
        _ = try machine.client().lease()
        let check = ["iptables", "-C", "FORWARD", "-i", host.bridge, "-o", host.bridge, "-j", "ACCEPT"]
        #expect(try host.sandbox.start(check).wait() == .exit(1))
        try end()
        #expect(try eventually(within: .seconds(12)) { try host.sandbox.start(check).wait() == .exit(0) })
        #expect(try eventually { try host.metrics()["cocoon_net_node_ok{item=\"rules\"}"] == 1 })
        #expect(daemon.process.isRunning)
    }

    @Test("the gauge is 0 while a deleted bridge cannot be made again, and 1 when it is served", .needs("strace"))
    func gauge() throws {
        let host = try TestHost(adopt: ["--manage-iptables"])
        let outage = Outage.sockets
        let daemon = try Daemon(on: host, outage.daemonArguments)
        try daemon.waitUntilReady()
        #expect(try isServing(host))
        let end = try outage.begin(host)
        // While the bridge exists, a failure of its set-up does not stop the service.
        try host.sandbox.run(["ip", "link", "set", host.bridge, "mtu", "1400"])
        #expect(eventually { daemon.process.output.contains("its set-up is incomplete") }, "\(daemon.process.output)")
        #expect(try isServing(host))
        try host.sandbox.run(["ip", "link", "delete", host.bridge])
        #expect(try eventually { try !isServing(host) })
        try end()
        #expect(try eventually { try isServing(host) }, "\(daemon.process.output)")
    }

    @Test("the daemon repairs routes again after the kernel's notifications could not be received", .needs("strace"))
    func notifications() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let lease = try host.machine().client().lease()
        let task = try host.sandbox.shell("grep -lx route-keeper /proc/[0-9]*/task/*/comm")
        let thread = try #require(task.split(separator: "/").dropLast().last)
        let tracer = try host.sandbox.start([
            "strace", "-o", "/dev/null", "-p", "\(thread)", "-e", "inject=recvfrom:error=ENOMEM",
        ])
        #expect(eventually { tracer.output.contains("attached") })
        try host.sandbox.run(["ip", "route", "delete", "\(lease.address)/32"])
        let failure = "notifications cannot be received"
        #expect(eventually { daemon.process.output.contains(failure) }, "\(daemon.process.output)")
        let start = ContinuousClock.now
        // The first attempt comes after 0.5 s, the second 1 s later.
        #expect(eventually { daemon.process.output.split(separator: failure).count == 4 })
        #expect(ContinuousClock.now - start > .seconds(1), "it is tried again without a pause")
        #expect(!host.hasRoute(to: lease.address))
        tracer.send(SIGINT)
        #expect(eventually(within: .seconds(5)) { host.hasRoute(to: lease.address) }, "\(daemon.process.output)")
    }
}

/// A change to a bridge that the daemon serves.
struct BridgeChange: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: String

    static let all = [
        BridgeChange(
            testDescription: "made anew with the same index and MAC",
            script: """
                index=$(cat /sys/class/net/cni0/ifindex) mac=$(cat /sys/class/net/cni0/address)
                ip link delete cni0
                ip link add cni0 index $index address $mac type bridge
                """),
        BridgeChange(testDescription: "made anew", script: "ip link delete cni0; ip link add cni0 type bridge"),
        BridgeChange(testDescription: "deleted", script: "ip link delete cni0"),
        BridgeChange(testDescription: "set down", script: "ip link set cni0 down"),
        BridgeChange(testDescription: "set down and up", script: "ip link set cni0 down; ip link set cni0 up"),
        BridgeChange(
            testDescription: "renamed",
            script: "ip link set cni0 down name old0; ip link set old0 up"),
    ]
}

/// Something that keeps the daemon from serving a bridge while it lasts.
struct Outage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var daemonArguments: [String] = []
    /// Begins it; the returned closure ends it.
    let begin: @Sendable (TestHost) throws -> () throws -> Void

    static let tools = [
        tool("iptables-save fails", "broken"), tool("iptables-save hangs", "hung"),
    ]

    private static func tool(_ description: String, _ how: String) -> Outage {
        Outage(testDescription: description) { host in
            try host.sandbox.write("", to: "/run/tools/\(how)")
            return { try host.sandbox.run(["rm", "/run/tools/\(how)"]) }
        }
    }

    static let sockets = Outage(
        testDescription: "the kernel refuses sockets", daemonArguments: ["--skip-iptables"]
    ) { host in
        let pid = (host.sandbox.read(TestHost.pidFile) ?? "").filter(\.isNumber)
        let tracer = try host.sandbox.start([
            "strace", "-f", "-p", pid, "-o", "/dev/null", "-e", "trace=socket", "-e", "inject=socket:error=ENFILE",
        ])
        guard eventually({ tracer.output.contains("attached") }) else {
            throw ExchangeError("strace does not attach: \(tracer.output)")
        }
        return {
            tracer.send(SIGINT)
            _ = try tracer.wait()
        }
    }

    /// Where the daemon finds its tools.
    static let path = "/run/tools:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Puts an `iptables-save` there that fails or hangs on demand.
    func prepare(_ host: TestHost) throws {
        try host.sandbox.run(["mkdir", "-p", "/run/tools"])
        try host.sandbox.write(
            """
            #!/bin/sh
            if [ -e /run/tools/broken ]; then echo 'Another app is currently holding the xtables lock' >&2; exit 4; fi
            while [ -e /run/tools/hung ]; do sleep 0.1; done
            exec /usr/sbin/iptables-save "$@"

            """, to: "/run/tools/iptables-save", mode: 0o755)
    }
}
