import Addresses
import Foundation
import Glibc
import TestSupport
import Testing

/// What operators and the control plane ask of the daemon, beside the contract of `ControlTests`.
@Suite(.needsSandbox, .endsWhenHung)
struct ControlAPITests {
    /// An answer in JSON.
    private func ask(_ host: TestHost, _ method: String, _ path: String, body: String = "") throws -> (
        Int, [String: Any]
    ) {
        let response = try host.control(method, path, body: body)
        #expect(response.headers["content-type"] == "application/json", "\(method) \(path)")
        let json = try JSONSerialization.jsonObject(with: Data(response.body.utf8))
        return (response.status, try #require(json as? [String: Any]))
    }

    private func macs(_ page: [String: Any]) -> [String] {
        (page["leases"] as? [[String: Any]] ?? []).compactMap { $0["mac"] as? String }
    }

    @Test("leases are listed page by page in the order of their addresses, and by filter")
    func list() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        let clients = try (1...5).map { try machine.client(MACAddress(2, 0, 0, 0, 9, UInt8($0))) }
        let leases = try clients.map { try $0.lease() }
        var found: [String] = []
        var path = "/v1/leases?limit=2"
        for _ in 0..<3 {
            let (status, page) = try ask(host, "GET", path)
            #expect(status == 200 && macs(page).count <= 2)
            found += macs(page)
            guard let next = page["next"] as? String else { break }
            path = "/v1/leases?limit=2&after=\(next)"
        }
        #expect(found == clients.map { "\($0.mac)" })
        #expect(macs(try ask(host, "GET", "/v1/leases?ip=\(leases[3].address)").1) == ["\(clients[3].mac)"])
        #expect(macs(try ask(host, "GET", "/v1/leases?mac=\(clients[1].mac)&state=bound").1) == ["\(clients[1].mac)"])
        #expect(macs(try ask(host, "GET", "/v1/leases?state=offered").1) == [])

        let (status, lease) = try ask(host, "GET", "/v1/leases/\(clients[0].mac)")
        #expect(status == 200 && lease["ip"] as? String == "\(leases[0].address)")
        #expect(lease["state"] as? String == "bound" && lease["durable"] as? Bool == true)
        #expect(try eventually { try host.leaseRows().first?.expiry == lease["expiry"] as? String })
        #expect(lease["hostname"] == nil)
        #expect(try clients[0].initReboot(leases[0].address) { $0[12] = Array("vm-1".utf8) }?.message.kind == .ack)
        #expect(try ask(host, "GET", "/v1/leases/\(clients[0].mac)").1["hostname"] as? String == "vm-1")
        #expect(daemon.process.isRunning)
    }

    @Test("an address that is leased before the VM boots is durable, routed and pinned, and answered from memory")
    func reserve() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        let (status, lease) = try ask(
            host, "PUT", "/v1/leases/\(client.mac)", body: #"{"ip": "172.20.100.77"}"#)
        #expect(status == 201 && lease["ip"] as? String == "172.20.100.77")
        let address = try #require(IPv4Address("172.20.100.77"))
        #expect(host.hasRoute(to: address) && host.pinnedNeighbour(of: address) == client.mac)
        #expect(try host.leaseRows().map(\.ip) == ["172.20.100.77"])

        let written = try host.metrics()["cocoon_net_dhcp_journal_records_total"]
        #expect(try client.lease().address == address)
        #expect(try host.metrics()["cocoon_net_dhcp_journal_records_total"] == written)
        #expect(try ask(host, "PUT", "/v1/leases/\(client.mac)", body: "{}").0 == 200)
        #expect(try ask(host, "PUT", "/v1/leases/\(client.mac)").0 == 200)

        try daemon.kill()
        let second = try host.startDaemon()
        #expect(try ask(host, "GET", "/v1/leases/\(client.mac)").1["ip"] as? String == "172.20.100.77")
        #expect(second.process.isRunning)
    }

    @Test(
        "a lease that cannot be made is refused with the field and the reason, and nothing changes",
        arguments: [
            ("02:00:00:00:08:01", #"{"ip": "172.20.100.2"}"#, 409, "ip"),
            ("02:00:00:00:08:00", #"{"ip": "172.20.100.9"}"#, 409, "ip"),
            ("02:00:00:00:08:01", #"{"ip": "172.20.100.1"}"#, 400, "ip"),
            ("02:00:00:00:08:01", #"{"ip": "10.0.0.1"}"#, 400, "ip"), ("02:00:00:00:08:01", #"{"ip": 5}"#, 400, "ip"),
            ("02:00:00:00:08:01", #"{"ipv4": "172.20.100.9"}"#, 400, "ipv4"), ("02:00:00:00:08:01", "[]", 400, nil),
            ("02:00:00:00:08:01", "{", 400, nil), ("02:00:00:00:08:01", String(repeating: "[", count: 100), 400, nil),
            ("02:00:00:00:08:01", String(repeating: " ", count: 70_000), 413, nil),
            ("01:00:5e:00:00:01", "{}", 400, "mac"), ("00:00:00:00:00:00", "{}", 400, "mac"),
            ("nobody", "{}", 400, "mac"),
        ])
    func refusal(mac: String, body: String, status: Int, field: String?) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        #expect(try ask(host, "PUT", "/v1/leases/02:00:00:00:08:00", body: #"{"ip": "172.20.100.2"}"#).0 == 201)
        let before = try host.leaseRows().count
        let (answered, error) = try ask(host, "PUT", "/v1/leases/\(mac)", body: body)
        #expect(answered == status && error["field"] as? String == field, "\(error)")
        #expect((error["error"] as? String)?.isEmpty == false)
        #expect(try host.leaseRows().count == before)
        #expect(daemon.process.isRunning)
    }

    @Test(
        "a query that is not understood is refused",
        arguments: ["limit=0", "limit=x", "state=free", "ip=1", "mac=2", "page=3"])
    func badQuery(query: String) throws {
        let host = try SharedDaemon.atInfo.get().host
        let (status, error) = try ask(host, "GET", "/v1/leases?\(query)")
        #expect(status == 400 && error["field"] as? String == String(query.prefix { $0 != "=" }))
    }

    @Test(
        "the items of a query are decoded, and an item that cannot be decoded or has no name is refused",
        arguments: [
            ("?limit=1&mac=02%3A00%3A00%3A00%3A00%3A01", 200, nil), ("?&limi%74=1&", 200, nil), ("?", 200, nil),
            ("?limi%74=0", 400, "limit"), ("?=0", 400, nil), ("?limit=%zz", 400, nil), ("?%f=1", 400, nil),
        ])
    func queryDecoding(query: String, status: Int, field: String?) throws {
        let host = try SharedDaemon.atInfo.get().host
        let (answered, json) = try ask(host, "GET", "/v1/leases\(query)")
        #expect(answered == status && json["field"] as? String == field, "\(json)")
    }

    @Test("a trace tells each step of an exchange with its time, and why there was no answer")
    func trace() throws {
        let host = try TestHost(poolSize: 1)
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        let (first, second) = (try machine.client(), try machine.client(MACAddress(2, 0, 0, 0, 0, 2)))
        let lease = try first.lease()
        second.patience = .milliseconds(200)
        #expect(try second.exchange(second.message(.discover)) == nil)

        func trace(_ client: ScriptedClient) throws -> [[String: Any]] {
            try #require(try ask(host, "GET", "/v1/leases/\(client.mac)/trace").1["exchanges"] as? [[String: Any]])
        }
        // The trace has the ACK only after it was sent.
        #expect(try eventually { try trace(first).count == 7 })
        let steps = try trace(first)
        #expect(
            steps.compactMap { $0["event"] as? String }
                == ["discover", "offer", "request", "commit", "synced", "granted", "ack"])
        let times = steps.compactMap { $0["microseconds"] as? Int }
        #expect(times.count == 7 && times == times.sorted() && times[0] == 0)
        #expect(steps.last?["ip"] as? String == "\(lease.address)")
        let refused = try trace(second)
        #expect(refused.compactMap { $0["event"] as? String } == ["discover", "silence"])
        #expect(refused.last?["reason"] as? String == "pool_exhausted")

        let table = try host.sandbox.run(
            [Program.cocoonNet, "trace", "\(second.mac)", "--control-socket", TestHost.controlSocket])
        #expect(table.contains("pool_exhausted") && table.contains("enlarge the pool"))
        #expect(daemon.process.isRunning)
    }

    @Test("a listener gets each change of a lease as a line of JSON, and the stream ends with the daemon")
    func events() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let listener = try host.sandbox.start(
            [Program.cocoonNet, "events", "--output", "json", "--control-socket", TestHost.controlSocket])
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_event_listeners"] == 1 })
        let client = try host.machine().client()
        let lease = try client.lease()
        #expect(try host.control("DELETE", "/v1/leases/\(client.mac)").status == 204)
        #expect(eventually { listener.output.split(separator: "\n").count == 2 })
        #expect(try client.initReboot(host.gateway)?.message.kind == .nak)
        #expect(eventually { listener.output.split(separator: "\n").count == 3 })
        let events = try listener.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        }
        #expect(events.map { $0["event"] } == ["granted", "released", "nak"])
        #expect(events.allSatisfy { $0["mac"] == "\(client.mac)" })
        #expect(events.map { $0["ip"] } == ["\(lease.address)", "\(lease.address)", "\(host.gateway)"])
        #expect(events[0]["expiry"] != nil && events[1]["expiry"] == nil)

        let start = ContinuousClock.now
        daemon.process.send(SIGTERM)
        #expect(try daemon.process.wait() == .exit(0))
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(try listener.wait() == .exit(1))
        #expect(listener.output.contains("the daemon has stopped"), "\(listener.output)")
    }

    @Test("status says what the daemon is and does")
    func status() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon(["--lease-time", "90s"])
        _ = try host.machine().client().lease()
        #expect(
            try eventually {
                try (ask(host, "GET", "/v1/status").1["export"] as? [String: Any])?["lagMilliseconds"] as? Int == 0
            })
        let (status, json) = try ask(host, "GET", "/v1/status")
        #expect(status == 200 && json["leaseSeconds"] as? Int == 90 && json["interface"] as? String == host.bridge)
        #expect((json["pool"] as? [String: Int])?["bound"] == 1)
        #expect((json["journal"] as? [String: Any])?["healthy"] as? Bool == true)
        #expect(daemon.process.isRunning)
    }

    @Test("the metrics are in the form that Prometheus wants", .needs("promtool"))
    func promtool() throws {
        let host = try SharedDaemon.atInfo.get().host
        try host.sandbox.write(
            try host.sandbox.http("GET", "/metrics", at: .port(host.metricsPort)).body, to: "/run/page")
        try host.sandbox.shell("promtool check metrics < /run/page")
    }

    @Test("the metrics page", arguments: [false, true])
    func metricsFilter(isAllowed: Bool) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon(["--metrics-addr", ":9092"] + (isAllowed ? ["--metrics-from-vms"] : []))
        let machine = try host.machine()
        try machine.sandbox.run(["ip", "address", "add", "172.20.100.250/24", "dev", "eth0"])
        let request = #"printf 'GET /metrics HTTP/1.0\r\n\r\n' | busybox nc -w 1 \#(host.gateway) 9092 2>&1 || true"#
        func read() throws -> Bool { try machine.sandbox.shell(request).contains("cocoon_net_dhcp_lease_active 0") }
        #expect(try read() == isAllowed)
        // A bridge that was made anew has another index.
        try host.sandbox.run(["ip", "link", "delete", host.bridge])
        #expect(eventually { daemon.process.output.contains("serving again") })
        try machine.plug(into: host.bridge, of: host.sandbox)
        #expect(try read() == isAllowed)
        #expect(try host.metrics()["cocoon_net_dhcp_lease_active"] == 0)
    }
}
