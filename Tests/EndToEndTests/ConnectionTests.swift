import Addresses
import Foundation
import Glibc
import TestSupport
import Testing

/// Programs that hold connections to the control socket or to the metrics and do not use them.
@Suite(.needsSandbox, .endsWhenHung)
struct ConnectionTests {
    private static let limit = 64
    private static let status = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private let control = HTTPServer.socket(TestHost.controlSocket)

    /// A connection that has had an answer.
    private func keptAlive(_ host: TestHost) throws -> HTTPConnection {
        let connection = try HTTPConnection(to: control, in: host.sandbox, sending: Self.status)
        #expect(try connection.status() == 200)
        return connection
    }

    @Test("the oldest of 64 idle connections is closed to make room for a DELETE, and the others stay")
    func oldestMakesRoom() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let idle = try (0..<Self.limit).map { _ in try keptAlive(host) }
        #expect(idle.allSatisfy { $0.isOpen })
        let start = ContinuousClock.now
        #expect(try host.control("DELETE", "/v1/leases/02:00:00:00:00:01").status == 204)
        #expect(ContinuousClock.now - start < .seconds(1))
        // On a fast machine the DELETE ends before the oldest connection has to go, so open one that stays.
        let last = try keptAlive(host)
        #expect(eventually { !idle[0].isOpen })
        #expect(last.isOpen)
        #expect(idle.dropFirst().allSatisfy { $0.isOpen })
        #expect(daemon.process.isRunning)
    }

    @Test("a burst of more requests than there may be connections is answered to the last one")
    func burst() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let requests = try (0..<200).map { number in
            let path = "/v1/leases/02:00:00:00:00:\(String(number + 16, radix: 16))"
            return try HTTPConnection(
                to: control, in: host.sandbox, sending: "DELETE \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        }
        let statuses = try requests.map { try $0.status() }
        #expect(statuses.allSatisfy { $0 == 204 })
        #expect(daemon.process.isRunning)
    }

    @Test(
        "with 1,100 idle connections a lost bridge is served again, and DELETE, reload and leases.json still work",
        .needs("python3"))
    func thousandIdle() throws {
        let host = try TestHost()
        let daemon = try Daemon(on: host, wrappedIn: ["/bin/sh", "-c", #"ulimit -S -n 1024; exec "$@""#, "sh"])
        try daemon.waitUntilReady()
        let machine = try host.machine()
        let client = try machine.client()
        let first = try client.lease()
        let script = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/ControlAPI/idle.py"
        let idle = try host.sandbox.start([
            "python3", script, TestHost.controlSocket, "\(host.metricsPort)", "1100", "64",
        ])
        try #require(eventually(within: .seconds(120)) { idle.output.contains("}\n") }, "\(idle.output)")

        try host.sandbox.run(["ip", "link", "delete", host.bridge])
        #expect(eventually { daemon.process.output.contains("serving again") }, "\(daemon.process.output)")
        try machine.plug(into: host.bridge, of: host.sandbox)
        #expect(try client.lease().address == first.address)
        #expect(try host.control("DELETE", "/v1/leases/\(client.mac)").status == 204)
        #expect(try host.leaseRows().isEmpty)
        #expect(try host.control("POST", "/v1/reload").status == 200)
        #expect(daemon.process.isRunning && idle.isRunning, "\(daemon.process.output)")

        let figures = try JSONDecoder().decode(IdleFigures.self, from: Data(idle.output.utf8))
        #expect(figures.open.values.allSatisfy { $0 <= Self.limit }, "\(figures)")
        #expect(figures.unanswered == 0 && figures.deleteMilliseconds.values.allSatisfy { $0 < 5000 }, "\(figures)")
        try TestRecord.write(figures, to: "idle.json")
    }

    /// What Tests/ControlAPI/idle.py prints.
    private struct IdleFigures: Codable {
        let opened: [String: Int]
        let open: [String: Int]
        let deleteMilliseconds: [String: Double]
        let unanswered: Int
    }

    @Test("a client has 5 s for a request's head and 30 s for the rest, an idle connection 30 s, and a stream for ever")
    func patience() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let metrics = HTTPServer.port(host.metricsPort)
        let start = ContinuousClock.now
        let afterAnAnswer = try keptAlive(host)
        try afterAnAnswer.send("GET /v1")
        let short = try [
            HTTPConnection(to: control, in: host.sandbox), HTTPConnection(to: metrics, in: host.sandbox),
            HTTPConnection(to: metrics, in: host.sandbox, sending: "GET /metrics HTTP/1.1\r\nHost: "), afterAnAnswer,
        ]
        let put = "PUT /v1/leases/02:00:00:00:00:01 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{"
        let long = try [keptAlive(host), HTTPConnection(to: control, in: host.sandbox, sending: put)]
        let stream = try HTTPConnection(
            to: control, in: host.sandbox, sending: "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")

        var ends: [Int: Duration] = [:]
        _ = eventually(within: .seconds(45)) { () -> Bool? in
            for (number, connection) in (short + long).enumerated() where ends[number] == nil && !connection.isOpen {
                ends[number] = ContinuousClock.now - start
            }
            return ends.count == short.count + long.count ? true : nil
        }
        // A client that sends its request in pieces gets no more time.
        for number in short.indices { #expect(ends[number].map { $0 > .seconds(4) && $0 < .seconds(10) } == true) }
        for number in short.count..<short.count + long.count {
            #expect(ends[number].map { $0 > .seconds(28) && $0 < .seconds(40) } == true)
        }
        #expect(stream.isOpen && daemon.process.isRunning, "\(ends)")
    }

    @Test("sixteen programs may follow the events at once, and one that is gone makes room for the next")
    func listeners() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        func listen() throws -> HTTPConnection {
            try HTTPConnection(
                to: control, in: host.sandbox, sending: "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        }
        var listeners = try (0..<16).map { _ in try listen() }
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_event_listeners"] == 16 })
        #expect(try host.control("GET", "/v1/events").status == 503)
        listeners.removeFirst()
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_event_listeners"] == 15 })
        listeners.append(try listen())
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_event_listeners"] == 16 })
        #expect(listeners.allSatisfy { $0.isOpen } && daemon.process.isRunning)
    }

    @Test("a body without an end is cut off")
    func endlessBody() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let connection = try HTTPConnection(
            to: .port(host.metricsPort), in: host.sandbox,
            sending: "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        let piece = String(repeating: "x", count: 64 << 10)
        var sentCount = 0
        while sentCount < 64 << 20, connection.isOpen, (try? connection.send(piece)) != nil {
            sentCount += piece.utf8.count
        }
        #expect(sentCount < 64 << 20)
        #expect(daemon.process.isRunning)
    }
}
