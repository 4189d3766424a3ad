import Addresses
import Foundation
import TestSupport
import Testing

/// leases.json as the Go program leaves it, before the first start and between two runs.
@Suite(.needsSandbox, .endsWhenHung)
struct UpgradeTests {
    private static let merged = "another program wrote the lease file"

    @Test("without a journal, the leases of the lease file that still run and are of the pool are imported")
    func imported() throws {
        let host = try TestHost(poolSize: 5)
        let (owner, late, foreign) = (
            MACAddress(2, 0, 0, 0, 7, 1), MACAddress(2, 0, 0, 0, 7, 2), MACAddress(2, 0, 0, 0, 7, 3)
        )
        let address = host.address(3)
        try host.writeLeases([
            // As the Go program writes times east of Greenwich.
            LeaseRow(mac: "\(owner)", ip: "\(address)", expiry: time(inHours: 2, zone: "+08:00")),
            LeaseRow(mac: "\(late)", ip: "\(host.address(4))", expiry: time(inHours: -1)),
            LeaseRow(mac: "\(foreign)", ip: "172.20.100.77", expiry: time(inHours: 2)),
        ])
        let daemon = try host.startDaemon()
        #expect(host.routedAddresses == [address])
        #expect(host.pinnedNeighbour(of: address) == owner)
        #expect(daemon.process.output.contains("172.20.100.77"), "\(daemon.process.output)")
        let machine = try host.machine()
        let row = try #require(try host.leaseRows().first)
        #expect(row.mac == "\(owner)" && row.ip == "\(address)")
        #expect(abs(try #require(row.end).timeIntervalSinceNow - 7200) < 60)
        #expect(try machine.client(owner).initReboot(address)?.message.kind == .ack)
        // The client whose lease has ended holds nothing.
        #expect(try machine.client(late).initReboot(address)?.message.kind == .nak)
    }

    @Test("a lease file that another program wrote between two runs wins, with a warning")
    func wins() throws {
        let host = try TestHost(poolSize: 5)
        let first = try host.startDaemon()
        let machine = try host.machine()
        let (loser, mover, winner) = (
            try machine.client(MACAddress(2, 0, 0, 0, 7, 1)), try machine.client(MACAddress(2, 0, 0, 0, 7, 2)),
            try machine.client(MACAddress(2, 0, 0, 0, 7, 3))
        )
        let (contested, left) = (try loser.lease().address, try mover.lease().address)
        try first.process.stop()

        let taken = host.address(5)
        try host.writeLeases([
            LeaseRow(mac: "\(winner.mac)", ip: "\(contested)", expiry: time(inHours: 2)),
            LeaseRow(mac: "\(mover.mac)", ip: "\(taken)", expiry: time(inHours: 2)),
        ])
        let second = try host.startDaemon()
        #expect(second.process.output.contains(Self.merged), "\(second.process.output)")
        #expect(try winner.initReboot(contested)?.message.kind == .ack)
        #expect(try loser.initReboot(contested)?.message.kind == .nak)
        #expect(try mover.initReboot(taken)?.message.kind == .ack)
        #expect(host.routedAddresses == [contested, taken])
        #expect(host.pinnedNeighbours == [contested: winner.mac, taken: mover.mac])
        #expect(Set(try host.leaseRows().map(\.ip)) == ["\(contested)", "\(taken)"])
        #expect(left != taken)
    }

    @Test("when the two programs run in turn, each start goes by the program that ran last")
    func inTurn() throws {
        let host = try TestHost(poolSize: 5)
        var daemon = try host.startDaemon()
        let machine = try host.machine()
        let clients = try (1...4).map { try machine.client(MACAddress(2, 0, 0, 0, 7, $0)) }
        func row(_ client: Int, _ address: IPv4Address) -> LeaseRow {
            LeaseRow(mac: "\(clients[client].mac)", ip: "\(address)", expiry: time(inHours: 2))
        }
        let first = try clients[0].lease().address
        try daemon.process.stop()

        let second = host.address(5)
        try host.writeLeases([row(0, first), row(1, second)])
        try host.sandbox.shell("cp -p \(TestHost.leaseFile) /run/earlier")
        daemon = try host.startDaemon()
        #expect(daemon.process.output.contains(Self.merged), "\(daemon.process.output)")
        #expect(try clients[1].initReboot(second)?.message.kind == .ack)
        let third = try clients[2].lease().address
        try daemon.process.stop()

        try host.writeLeases([row(1, second), row(2, third), row(3, first)])
        daemon = try host.startDaemon()
        #expect(daemon.process.output.contains(Self.merged), "\(daemon.process.output)")
        let holders = [first: clients[3].mac, second: clients[1].mac, third: clients[2].mac]
        #expect(host.pinnedNeighbours == holders)
        try daemon.process.stop()

        // A file that was merged once is not merged again, however new it looks.
        for copy in ["cp -p", "cp"] {
            try host.sandbox.shell("\(copy) /run/earlier \(TestHost.leaseFile)")
            daemon = try host.startDaemon()
            #expect(!daemon.process.output.contains(Self.merged), "\(daemon.process.output)")
            #expect(host.pinnedNeighbours == holders)
            try daemon.process.stop()
        }
    }

    @Test("another program's lease file whose time is before the journal's takes no address")
    func clockSetBack() throws {
        let host = try TestHost(poolSize: 5)
        let first = try host.startDaemon()
        let machine = try host.machine()
        let holder = try machine.client(MACAddress(2, 0, 0, 0, 7, 1))
        let (rival, newcomer) = (MACAddress(2, 0, 0, 0, 7, 2), MACAddress(2, 0, 0, 0, 7, 3))
        let (held, free) = (try holder.lease().address, host.address(5))
        try first.process.stop()

        try host.writeLeases([
            LeaseRow(mac: "\(rival)", ip: "\(held)", expiry: time(inHours: 2)),
            LeaseRow(mac: "\(newcomer)", ip: "\(free)", expiry: time(inHours: 2)),
        ])
        try host.sandbox.shell("touch -d '1 hour ago' \(TestHost.leaseFile)")
        let second = try host.startDaemon()
        #expect(
            second.process.output.contains("nothing proves that the lease file is newer"), "\(second.process.output)")
        #expect(host.pinnedNeighbours == [held: holder.mac, free: newcomer])
        #expect(try holder.initReboot(held)?.message.kind == .ack)
    }

    @Test("a daemon does not merge its own lease file, whether it was stopped or killed", arguments: [true, false])
    func ownExport(isKilled: Bool) throws {
        let host = try TestHost(poolSize: 5)
        let first = try host.startDaemon()
        let client = try host.machine().client()
        let lease = try client.lease()
        #expect(try eventually { try !host.leaseRows().isEmpty })
        if isKilled { try first.kill() } else { try first.process.stop() }
        let second = try host.startDaemon()
        #expect(!second.process.output.contains(Self.merged), "\(second.process.output)")
        #expect(try client.initReboot(lease.address)?.message.kind == .ack)
    }

    /// A time in the form of RFC 3339, in a time zone.
    private func time(inHours hours: Double, zone: String = "+00:00") -> String {
        let ahead: Double = zone == "+08:00" ? 8 * 3600 : 0
        let told = Date.now.addingTimeInterval(hours * 3600 + ahead).formatted(.iso8601)
        return told.replacing("Z", with: zone)
    }
}

extension TestHost {
    /// The subnet's address with that number.
    fileprivate func address(_ number: UInt32) -> IPv4Address {
        IPv4Address(rawValue: subnet.address.rawValue + number)
    }

    /// Writes leases.json.
    fileprivate func writeLeases(_ rows: [LeaseRow]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        try sandbox.write(String(decoding: encoder.encode(rows), as: UTF8.self), to: TestHost.leaseFile)
    }
}
