import Addresses
import Foundation
import Glibc
import TestSupport
import Testing

/// What other programs rely on: the control socket and the lease file.
@Suite(.needsSandbox, .endsWhenHung)
struct ControlTests {
    @Test("a deleted lease is gone everywhere when the answer comes")
    func delete() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        let lease = try client.lease()
        #expect(try eventually { try host.leaseRows().map(\.ip) == ["\(lease.address)"] })

        let response = try host.control("DELETE", "/v1/leases/\(client.mac)")
        #expect(response.status == 204)
        #expect(try host.control("GET", "/v1/leases/\(client.mac)").status == 404)
        #expect(try host.leaseRows().isEmpty)
        #expect(try host.metrics()["cocoon_net_dhcp_lease_active"] == 0)
        #expect(daemon.process.isRunning)
    }

    @Test(
        "each method and path gets its status, with a MAC in upper or lower case, leased or not",
        arguments: [
            ("DELETE", "/v1/leases/02:AA:bb:00:00:01", 204), ("DELETE", "/v1/leases/02-aa-bb-00-00-01", 204),
            ("DELETE", "/v1/leases/02:aa:bb:00:00", 400), ("DELETE", "/v1/leases/nobody", 400),
            ("DELETE", "/v1/leases/02:aa:bb:00:00:01/more", 404), ("GET", "/v1/leases/02:aa:bb:00:00:01", 404),
            ("POST", "/v1/leases/02:aa:bb:00:00:01", 405), ("GET", "/", 404),
            ("DELETE", "/v1/leases/02%3AAA%3abb%3A00%3A00%3A01", 204),
            ("DELETE", "/v1/%6ceases/02:aa:bb:00:00:01", 204),
            ("GET", "/v1/leases/02%3Aaa%3Abb%3A00%3A00%3A01/trace", 200), ("GET", "/v1%2Fstatus", 404),
            ("DELETE", "/v1/leases/02%2Faa%2Fbb%2F00%2F00%2F01", 400), ("DELETE", "/v1/leases/%", 400),
            ("DELETE", "/v1/leases/02%3", 400), ("DELETE", "/v1/leases/%zz", 400), ("DELETE", "/v1/leases/%ff", 400),
            ("GET", "/%-1", 400), ("TRACE", "/v1/leases/02:aa:bb:00:00:01", 405),
            ("PROPFIND", "/v1/leases/02:aa:bb:00:00:01", 405), ("OPTIONS", "/v1/leases/02%3aaa:bb:00:00:01", 405),
            ("HEAD", "/v1/leases/02:aa:bb:00:00:01", 405),
        ])
    func answers(method: String, path: String, status: Int) throws {
        let daemon = try SharedDaemon.atInfo.get()
        let response = try daemon.host.control(method, path)
        #expect(response.status == status)
        if status == 405 { #expect(response.headers["allow"] == "GET, PUT, DELETE") }
        if method == "HEAD" { #expect(response.body.isEmpty) }
    }

    @Test("only its owner may use the control socket")
    func modes() throws {
        let host = try SharedDaemon.atInfo.get().host
        let path = TestHost.controlSocket
        #expect(try host.sandbox.shell("stat -c %a:%F \(path) $(dirname \(path))") == "600:socket\n750:directory\n")
    }

    @Test("a socket that a dead daemon left is replaced")
    func staleSocket() throws {
        let host = try TestHost()
        let first = try host.startDaemon()
        first.process.send(SIGKILL)
        _ = try first.process.wait()
        let second = try host.startDaemon()
        #expect(try host.control("DELETE", "/v1/leases/02:aa:bb:00:00:01").status == 204)
        #expect(second.process.isRunning)
    }

    @Test("a file where the control socket should be is refused and left alone")
    func fileInTheWay() throws {
        let host = try TestHost()
        try host.sandbox.shell("mkdir -p $(dirname \(TestHost.controlSocket)); echo keep > \(TestHost.controlSocket)")
        let daemon = try Daemon(on: host)
        #expect(try daemon.process.wait() == .exit(1))
        #expect(daemon.process.output.contains(TestHost.controlSocket), "\(daemon.process.output)")
        #expect(host.sandbox.read(TestHost.controlSocket) == "keep\n")
    }

    @Test("the lease file is what the virtual kubelet reads, to the byte")
    func leaseFile() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        #expect(eventually { host.sandbox.read(TestHost.leaseFile) == "null" })

        let lease = try host.machine().client().lease()
        #expect(try eventually { try !host.leaseRows().isEmpty })
        let row = try #require(try host.leaseRows().first)
        let expected = """
            [
              {
                "mac": "02:00:00:00:00:01",
                "ip": "\(lease.address)",
                "expiry": "\(row.expiry)"
              }
            ]
            """
        #expect(host.sandbox.read(TestHost.leaseFile) == expected)
        let expiry = try #require(try? Date(row.expiry, strategy: .iso8601))
        #expect(abs(expiry.timeIntervalSinceNow - 86400) < 60)
        #expect(try host.sandbox.shell("stat -c %a \(TestHost.leaseFile)") == "644\n")
        #expect(daemon.process.isRunning)
    }

    @Test("every rewrite of the lease file has a later time, and no reader sees half a file")
    func rewrites() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        var times: [String] = []
        for number in 1...20 {
            _ = try machine.client(MACAddress(2, 0, 0, 0, 3, UInt8(number))).lease()
            #expect(try eventually(every: .zero) { try host.leaseRows().count == number ? true : nil } == true)
            times.append(try host.sandbox.shell("stat -c %.9Y \(TestHost.leaseFile)"))
        }
        #expect(times == Set(times).sorted())
        #expect(daemon.process.isRunning)
    }
}
