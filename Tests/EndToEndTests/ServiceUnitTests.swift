import Addresses
import Foundation
import TestSupport
import Testing

/// The daemon with no more rights than its systemd unit gives it.
@Suite(.needsSandbox, .needs("setpriv"), .needs("udhcpc"), .endsWhenHung)
struct ServiceUnitTests {
    @Test("with the unit's capabilities, on its read-only system, a VM gets a lease, and the daemon restarts")
    func rights() throws {
        let unit = try ServiceUnit()
        let host = try TestHost()
        // The state directory is where the unit expects it.
        try host.sandbox.shell("mkdir -p /var/lib/cocoon && cp -r \(TestHost.stateDirectory) /var/lib/cocoon/net")
        let inbox = try NotificationInbox(in: host.sandbox)
        let client = try RealClient(.udhcpc, on: host.machine())
        var address: IPv4Address?
        for _ in 1...2 {
            let daemon = try host.sandbox.start(
                unit.wrapper + [Program.cocoonNet, "daemon", "--cni-conf-dir", TestHost.cniDirectory],
                environment: ["NOTIFY_SOCKET": inbox.name])
            try #require((try? inbox.next("READY=1")) != nil, "\(daemon.output)")
            try check(rightsOf: daemon)
            if address == nil { address = try client.awaitLease().address }
            try client.machine.sandbox.run(["busybox", "ping", "-c", "1", "-W", "5", "\(host.gateway)"])
            let leases = try #require(host.sandbox.read("/var/lib/cocoon/net/leases.json"))
            #expect(leases.contains("\"\(try #require(address))\""))
            #expect(try daemon.stop() == .exit(0), "\(daemon.output)")
            // The daemon would have logged anything that was denied to it.
            for word in ["error", "warning", "denied", "Read-only"] {
                #expect(!daemon.output.contains(word), "\(daemon.output)")
            }
        }
    }

    /// CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW by their numbers.
    private static let capabilities: UInt64 = 1 << 10 | 1 << 12 | 1 << 13

    private func check(rightsOf daemon: ChildProcess) throws {
        let status = try lines(of: "status", daemon)
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            let value = try #require(status.first { $0.hasPrefix(set + ":\t") }).dropFirst(set.count + 2)
            #expect(UInt64(value, radix: 16) == Self.capabilities, "\(set)")
        }
        #expect(status.contains("NoNewPrivs:\t1"))
        for (path, mode) in [("/", "ro"), ("/sys", "ro"), ("/proc/sys", "ro"), ("/run", "rw"), ("/proc/sys/net", "rw")]
        {
            let mount = try lines(of: "mountinfo", daemon).last { $0.split(separator: " ")[4] == path }
            #expect(mount?.split(separator: " ")[5].split(separator: ",").first == Substring(mode), "\(path)")
        }
    }

    private func lines(of file: String, _ process: ChildProcess) throws -> [Substring] {
        try String(contentsOfFile: "/proc/\(process.processID)/\(file)", encoding: .utf8).split(separator: "\n")
    }
}
