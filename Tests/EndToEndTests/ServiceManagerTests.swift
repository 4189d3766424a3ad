import Addresses
import Glibc
import TestSupport
import Testing

/// What systemd hears from a daemon that it has started.
@Suite(.needsSandbox, .endsWhenHung)
struct ServiceManagerTests {
    private let host: TestHost
    private let inbox: NotificationInbox

    init() throws {
        host = try TestHost()
        inbox = try NotificationInbox(in: host.sandbox)
    }

    /// Starts a daemon whose service manager would restart it if it gave no sign of life for that time.
    private func start(watchdog: Duration, _ arguments: [String] = []) throws -> Daemon {
        let microseconds = Int(watchdog / .microseconds(1))
        return try Daemon(
            on: host, arguments, wrappedIn: ["env", "NOTIFY_SOCKET=\(inbox.name)", "WATCHDOG_USEC=\(microseconds)"])
    }

    @Test("READY comes when clients, the control socket and the metrics are served; STOPPING when that ends")
    func readyAndStopping() throws {
        let machine = try host.machine()
        let daemon = try start(watchdog: .seconds(30))
        let ready = try inbox.next("READY=1")
        #expect(ready.contains("STATUS=serving 200 addresses on \(host.bridge)"), "\(ready)")
        // Each of these would fail at once if READY came too early.
        _ = try host.metrics()
        #expect(try host.control("DELETE", "/v1/leases/02:00:00:00:00:01").status == 204)
        _ = try machine.client().lease()
        daemon.process.send(SIGTERM)
        try inbox.next("STOPPING=1")
        #expect(try daemon.process.wait() == .exit(0), "\(daemon.process.output)")
        #expect(try inbox.next(within: .milliseconds(1)) == nil)
    }

    @Test(
        "a daemon that cannot serve metrics is READY all the same",
        .endsInUnrest("without metrics, nobody can ask whether the bridge is served"))
    func metricsFail() throws {
        // An address that this host does not have.
        let daemon = try start(watchdog: .seconds(30), ["--metrics-addr", "192.0.2.1:9092"])
        try inbox.next("READY=1")
        #expect(daemon.process.output.contains("no metrics"), "\(daemon.process.output)")
    }

    @Test("a daemon that fails to start is never READY")
    func refused() throws {
        let daemon = try start(watchdog: .seconds(30), ["--interface", "nosuch0"])
        #expect(try daemon.process.wait() == .exit(1))
        #expect(try inbox.next(within: .milliseconds(1)) == nil)
    }

    @Test("the daemon gives signs of life while its packet threads run, and none while one is stuck", .needs("strace"))
    func watchdog() throws {
        let daemon = try start(watchdog: .seconds(2), ["--workers", "2"])
        try inbox.next("READY=1")
        // They come after half of the watchdog time, give or take one check.
        for _ in 0..<3 { try inbox.next("WATCHDOG=1", within: .milliseconds(1900)) }

        // strace holds this one thread back each time it polls.
        let task = try host.sandbox.shell("grep -lx dhcp-1 /proc/[0-9]*/task/*/comm")
        let thread = try #require(task.split(separator: "/").dropLast().last)
        let tracer = try host.sandbox.start([
            "strace", "-o", "/dev/null", "-p", "\(thread)", "-e", "inject=poll,ppoll:delay_enter=3600s",
        ])
        try inbox.next("STATUS=packet thread dhcp-1 is stuck")
        #expect(try inbox.next(within: .seconds(3)) == nil)
        // The daemon still runs, without its sign of life.
        #expect(daemon.process.isRunning && tracer.isRunning)

        tracer.send(SIGKILL)
        try inbox.next("STATUS=serving")
        try inbox.next("WATCHDOG=1")
        #expect(daemon.process.output.contains("thread=dhcp-1"), "\(daemon.process.output)")
    }
}
