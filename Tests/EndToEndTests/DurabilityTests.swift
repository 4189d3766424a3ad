import Addresses
import Glibc
import TestSupport
import Testing

/// An ACK is a promise: it is kept through SIGKILL at any moment.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct DurabilityTests {
    private static let subnet = IPv4Network(containing: IPv4Address(10, 88, 0, 0), prefixLength: 16)
    private static let seed: UInt64 = 0x6b69_6c6c
    private static let arguments = ["--lease-time", "1h", "--skip-iptables"]

    @Test("a hundred kills with 64 leases in flight lose no lease and give no address twice")
    func kills() throws {
        let host = try TestHost(subnet: Self.subnet, poolSize: 2000)
        let disk = try DiskState(of: host)
        let crowd = try RestlessCrowd(of: 4000, on: host.machine(), gateway: host.gateway, seed: Self.seed)
        var random = SeededGenerator(seed: Self.seed)
        var record = KillRecord()
        var daemon = try host.startDaemon(Self.arguments)
        while record.rounds < 100, record.kills.count < 250, crowd.ledger.isKept {
            if record.kills.count % 5 < 4 {
                try crowd.settle(within: .seconds(10))
                try crowd.discover(140)
                try crowd.awaitOffers(within: .seconds(2))
                try crowd.releaseSurplus(above: 1500)
                try crowd.prepareConfirmations(24)
                // All requests wait in the ring when the daemon wakes up, so its batches are as large as possible.
                daemon.process.send(SIGSTOP)
                try crowd.fireAll()
                spin(for: .microseconds(Int.random(in: 0..<100, using: &random)))
                daemon.process.send(SIGCONT)
                spin(for: .microseconds(Int.random(in: 0..<1000, using: &random)))
            } else {
                // The requests that the last kill left unanswered meet a server that is just starting.
                let end = ContinuousClock.now + .microseconds(Int.random(in: 5000..<60_000, using: &random))
                repeat { try crowd.fireAll() } while .now < end
            }
            try daemon.kill()
            try crowd.hearAll()
            record.record(inFlight: crowd.inFlightCount, crowd.ledger)
            daemon = try Daemon(on: host, Self.arguments)
        }
        try daemon.waitUntilReady()
        try crowd.settle(within: .seconds(10))
        #expect(try eventually { try crowd.ledger.missing(from: host) == [] })
        try crowd.prepareConfirmations()
        try crowd.settle(within: .seconds(20))
        record.record(crowd.ledger)
        try TestRecord.write(record, to: "kill.json")

        #expect(record.rounds == 100, "\(record.kills.count) kills, and too few with 64 leases in flight")
        #expect(crowd.ledger.lost == [])
        #expect(crowd.ledger.doubled == [])
        #expect(daemon.process.isRunning)
        withExtendedLifetime(disk) {}
    }

    /// Waits for a time that is too short for a sleep.
    private func spin(for duration: Duration) {
        let end = ContinuousClock.now + duration
        while .now < end {}
    }
}

/// The result of the kills, as kill.json holds it.
private struct KillRecord: Encodable {
    /// A kill: how many leases were in flight, and how many ACKs had been seen up to then.
    struct Kill: Encodable {
        let inFlight, acks: Int
    }

    /// Kills with at least 64 leases in flight.
    private(set) var rounds = 0
    private(set) var acks = 0
    private(set) var lost = 0
    private(set) var doubled = 0
    private(set) var kills: [Kill] = []

    mutating func record(inFlight: Int, _ ledger: LeaseLedger) {
        if inFlight >= 64 { rounds += 1 }
        kills.append(Kill(inFlight: inFlight, acks: ledger.ackCount))
        record(ledger)
    }

    mutating func record(_ ledger: LeaseLedger) {
        (acks, lost, doubled) = (ledger.ackCount, ledger.lost.count, ledger.doubled.count)
    }
}
