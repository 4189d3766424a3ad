import Addresses
import Glibc
import TestSupport
import Testing

/// A daemon under bad conditions: closed streams, a narrow umask, a signal before it is ready, a reader of its log that
/// sleeps, a port that is taken, a control socket that somebody removes.
@Suite(.needsSandbox, .endsWhenHung)
struct StartConditionTests {
    private let host: TestHost

    init() throws { host = try TestHost() }

    @Test("SIGHUP while the daemon starts does not end it, and is not lost")
    func earlyHangUp() throws {
        let daemon = try Daemon(on: host)
        // The pid file is the first thing that a daemon makes.
        #expect(eventually(every: .milliseconds(1)) { host.sandbox.read(TestHost.pidFile) } != nil)
        daemon.process.send(SIGHUP)
        try daemon.waitUntilReady()
        #expect(eventually { daemon.process.output.contains("reloaded") }, "\(daemon.process.output)")
        #expect(try daemon.process.stop() == .exit(0))
    }

    @Test("with all standard streams closed, no file of the daemon takes their descriptors")
    func closedStreams() throws {
        let daemon = try Daemon(on: host, wrappedIn: ["/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"])
        try daemon.waitUntilReady()
        let number = daemon.process.processID
        for stream in 0...2 {
            #expect(try host.sandbox.run(["readlink", "/proc/\(number)/fd/\(stream)"], in: .network) == "/dev/null\n")
        }
    }

    @Test("files have their modes whatever the umask is")
    func narrowUmask() throws {
        let daemon = try Daemon(on: host, wrappedIn: ["/bin/sh", "-c", "umask 077; exec \"$@\"", "sh"])
        try daemon.waitUntilReady()
        _ = try host.machine().client().lease()
        #expect(try eventually { try !host.leaseRows().isEmpty })
        let modes = try host.sandbox.run(
            ["stat", "-c", "%a", TestHost.pidFile, TestHost.leaseFile, TestHost.controlSocket])
        #expect(modes == "644\n644\n600\n")
    }

    @Test("a reader of the log that sleeps delays neither leases nor the daemon's stop")
    func sleepingReader() throws {
        // The pipe is full from the beginning, and its reader never reads.
        let pipe = """
            mkfifo /run/log; sleep 1000 </run/log & exec 9>/run/log
            busybox timeout 1 busybox dd if=/dev/zero bs=4096 count=64 >&9 2>&- || true
            exec "$@" 2>&9
            """
        let daemon = try Daemon(on: host, logLevel: "debug", wrappedIn: ["/bin/sh", "-c", pipe, "sh"])
        try daemon.waitUntilReady()
        _ = try host.machine().client().lease()
        daemon.process.send(SIGTERM)
        #expect(try daemon.process.wait(within: .seconds(3)) == .exit(0))
    }

    @Test("metrics are served as soon as their port is free")
    func takenPort() throws {
        let other = try host.sandbox.start(["python3", "-m", "http.server", "--bind", "127.0.0.1", "9092"])
        #expect(try eventually { try !host.sandbox.run(["ss", "-Hlt", "sport = :9092"]).isEmpty })
        let daemon = try Daemon(on: host)
        #expect(eventually { daemon.process.output.contains("no metrics for now") }, "\(daemon.process.output)")
        _ = try host.machine().client().lease()
        other.send(SIGKILL)
        _ = try other.wait()
        #expect(eventually(within: .seconds(12)) { (try? host.metrics()) != nil })
        #expect(daemon.process.output.contains("metrics are served again"))
    }

    @Test(
        "an invalid metrics address turns off the metrics and nothing else",
        .endsInUnrest("without metrics, nobody can ask whether the bridge is served"),
        arguments: ["localhost", " ", "0", ":0"])
    func malformedMetricsAddress(address: String) throws {
        let daemon = try Daemon(on: host, ["--metrics-addr", address])
        #expect(eventually { daemon.process.output.contains("notice: serving") }, "\(daemon.process.output)")
        #expect(daemon.process.output.contains("no metrics: --metrics-addr \"\(address)\" has no valid port"))
        _ = try host.machine().client().lease()
    }

    @Test("a control socket that somebody removes comes back")
    func removedControlSocket() throws {
        let daemon = try host.startDaemon()
        try host.sandbox.run(["rm", TestHost.controlSocket])
        let isBack = eventually {
            (try? host.control("DELETE", "/v1/leases/02:00:00:00:00:01"))?.status == 204
        }
        #expect(isBack, "\(daemon.process.output)")
        #expect(try host.sandbox.run(["stat", "-c", "%a", TestHost.controlSocket]) == "600\n")
    }
}
