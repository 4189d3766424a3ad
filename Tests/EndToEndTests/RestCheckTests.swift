import Addresses
import TestSupport
import Testing

/// The check at the end of every test finds what it is for.
@Suite(.needsSandbox, .endsWhenHung)
struct RestCheckTests {
    @Test(
        "a route or a row too many is found",
        arguments: [
            "ip route add 172.20.100.99/32 dev cni0 proto static",
            #"echo '[{"mac": "02:00:00:00:00:99", "ip": "172.20.100.99", "expiry": "2099-01-01T00:00:00Z"}]' > "#
                + TestHost.leaseFile,
        ])
    func difference(script: String) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        _ = try machine.client().lease()
        #expect(try eventually { try host.leaseRows().count == 1 })
        try host.sandbox.shell(script)
        withKnownIssue {
            RestCheck.run(daemon, within: .zero)
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains("172.20.100.99: bound to nobody") }
        }
        try host.sandbox.run(["ip", "route", "flush", "172.20.100.99/32"])
        // The next change writes the file again.
        _ = try machine.client(MACAddress(2, 0, 0, 0, 0, 2)).lease()
    }

    @Test("a host that gives no lease is found")
    func silence() throws {
        let host = try TestHost(poolSize: 2)
        let daemon = try host.startDaemon()
        _ = try host.machine().client().lease()
        // The only address that is left cannot be routed.
        try host.sandbox.run(["ip", "route", "add", "172.20.100.3/32", "dev", "lo", "proto", "static"])
        withKnownIssue {
            RestCheck.run(daemon, within: .milliseconds(600))
        } matching: { issue in
            issue.comments.contains { $0.rawValue.contains("a new VM gets no lease") }
        }
        try host.sandbox.shell("ip route delete 172.20.100.3/32 dev lo; ip link delete restprobe")
    }
}
