import Addresses
import Foundation
import TestSupport
import Testing

/// The lines of the table in docs/security.md that need a daemon and its kernel. The name of each test is the first
/// cell of its line.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct SecurityTableTests {
    private let shared: SharedDaemon
    private let client: ScriptedClient

    init() throws {
        shared = try SharedDaemon.underAttack.get()
        client = try shared.newClient()
    }

    private var host: TestHost { shared.host }

    private func expect(_ frames: [HostileFrame]) throws {
        try #require(!frames.isEmpty)
        for frame in frames { try shared.expect(frame) }
    }

    @Test("every line of the table has its test")
    func lines() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let document = try String(contentsOfFile: root + "/docs/security.md", encoding: .utf8)
        let table = try #require(document.components(separatedBy: "| it tries |").last).components(separatedBy: "\n\n")[
            0]
        let lines = table.split(separator: "\n").dropFirst(2).map { $0.split(separator: "|")[0].dropFirst().dropLast() }
        let files = [
            "EndToEndTests/SecurityTableTests", "EndToEndTests/ControlAPITests",
            "FastDHCPTests/Engine/SecurityTableTests",
        ]
        let tests = try files.map { try String(contentsOfFile: "\(root)/Tests/\($0).swift", encoding: .utf8) }.joined()
        #expect(lines.count > 20)
        for line in lines { #expect(tests.contains("@Test(\"\(line)\""), "no test is named: \(line)") }
    }

    @Test("malformed messages: lengths, checksums, option loops")
    func malformed() throws { try expect(HostileFrame.udp + HostileFrame.bootp + HostileFrame.types) }

    @Test("VLAN tags, fragments, IP options")
    func headers() throws { try expect(HostileFrame.ip + HostileFrame.ethernet) }

    @Test("other protocols")
    func protocols() throws {
        let before = try host.metrics()
        for (ipProtocol, port) in [(17, 53), (17, 68), (17, 547), (6, 67), (1, 67)] as [(UInt8, UInt16)] {
            var frame = client.frame(client.message(.discover))
            (frame.ipProtocol, frame.destinationPort) = (ipProtocol, port)
            try client.send(frame)
        }
        try client.completeAnotherExchange()
        let after = try host.metrics()
        // The daemon would count them by these reasons if it saw them.
        #expect(["not_udp", "port"].allSatisfy { after.drops($0) == before.drops($0) })
    }

    @Test("a flood")
    func flood() throws {
        let process = shared.daemon.process
        func memory() throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)
            let row = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(row.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) })
        }
        // A first flood fills the memory of the ring and of the traces, before the memory is measured.
        let frame = try HostileFrame.discover("op 2", "op", message: { $0.op = 2 }).make(client)
        func send(_ count: Int) throws {
            let before = try host.metrics().drops("op")
            for _ in 0..<count { try client.send(frame) }
            #expect(try eventually { try host.metrics().drops("op") >= before + count / 10 })
        }
        try send(10_000)
        let (kilobytes, log) = (try memory(), process.output.count)
        try send(10_000)
        #expect(try memory() - kilobytes < 2048 && process.output.count == log)
        try client.completeAnotherExchange()
    }

    @Test("leases that come and go as fast as it can")
    func toggling() throws {
        let offer = try #require(try client.discover())
        let lease = Lease(try #require(try client.select(offer)))
        for _ in 0..<200 {
            try client.release(lease)
            try client.send(client.frame(client.selecting(offer)))
        }
        try client.completeAnotherExchange()
    }

    @Test("a message with another's chaddr")
    func forged() throws { try expect(HostileFrame.forged) }

    @Test("many MACs, to use up the pool")
    func manyMACs() throws {
        let leases = try (0..<20).map { _ in try shared.newClient().lease().address }
        #expect(Set(leases).count == 20)
    }

    @Test("to play DHCP server")
    func server() throws {
        try expect(HostileFrame.bootp.filter { $0.counter.isDrop("op") })
        let conflist = try #require(host.sandbox.read(TestHost.cniDirectory + "/30-cocoon-dhcp.conflist"))
        #expect(conflist.contains(#""portIsolation": true"#) && conflist.contains(#""macspoofchk": true"#))
    }

    @Test("ARP for another's address, as a clone does")
    func arp() throws {
        let address = try client.lease().address
        try ARPTheft(of: address, by: shared.machine, from: host.gateway).claim()
        try client.completeAnotherExchange()
        #expect(host.pinnedNeighbour(of: address) == client.mac)
        try host.sandbox.run([
            "ip", "neigh", "replace", "\(address)", "lladdr", "02:00:00:00:00:99", "dev", host.bridge, "nud",
            "permanent",
        ])
        #expect(eventually { host.pinnedNeighbour(of: address) == client.mac })
    }

    @Test("ARP for the gateway, or between VMs")
    func gatewayARP() throws {
        try ARPTheft(of: host.gateway, by: shared.machine, from: host.gateway).claim()
        try client.completeAnotherExchange()
        #expect(try host.sandbox.shell("ip -4 address show dev \(host.bridge)").contains("inet \(host.gateway)/"))
        #expect(host.pinnedNeighbour(of: host.gateway) == nil)
    }

    @Test("the bridge's own MAC as source")
    func ownMAC() throws { try expect(HostileFrame.ethernet.filter { $0.counter.isDrop("own_frame") }) }

    @Test("text for a file or a log")
    func text() throws {
        let text = Array("\"}]\n$(reboot)<\u{1B}[2J".utf8)
        let lease = try client.lease { message in
            for code: UInt8 in [12, 15, 60, 61, 81, 82] { message[code] = text }
            message.sname.replaceSubrange(..<text.count, with: text)
            message.file.replaceSubrange(..<text.count, with: text)
        }
        #expect(try eventually { try host.leaseRows().contains { $0.ip == "\(lease.address)" } })
        let files = [TestHost.leaseFile, TestHost.stateDirectory + "/leases.journal"]
        let texts = try files.map { try #require(host.sandbox.read($0)) } + [shared.daemon.process.output]
        #expect(texts.allSatisfy { !$0.contains("reboot") })
    }

    @Test("the control socket")
    func controlSocket() throws {
        let mode = try host.sandbox.shell("stat -c %a:%F \(TestHost.controlSocket)")
        #expect(mode == "600:socket\n")
        // There is no abstract socket, which would have no mode, and only the metrics listen on the network.
        let sockets = try #require(host.sandbox.read("/proc/1/net/unix")).split(separator: "\n").dropFirst()
        let names = sockets.compactMap { $0.split(separator: " ").dropFirst(7).first }
        #expect(names.contains(TestHost.controlSocket[...]) && !names.contains { $0.hasPrefix("@") })
        let tcp = try ["tcp", "tcp6"].map { try #require(host.sandbox.read("/proc/1/net/\($0)")) }.joined()
        let listening = tcp.split(separator: "\n").map { $0.split(separator: " ") }.filter {
            $0.count > 3 && $0[3] == "0A"
        }
        #expect(listening.map { $0[1] } == ["0100007F:2384"])
    }
}

extension HostileFrame.Counter {
    func isDrop(_ reason: String) -> Bool {
        if case .drop(let reasons) = self { reasons.contains(reason) } else { false }
    }
}
