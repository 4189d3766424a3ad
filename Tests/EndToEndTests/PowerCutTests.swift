import Addresses
import Glibc
import TestSupport
import Testing

/// An ACK is kept through power cuts: the daemon runs in a VM with all its files on the VM's disk, and the VM is killed.
/// `POWER_CUTS` says how often.
@Suite(.needsSandbox, .needs("qemu-system-x86_64"), .needsGuest, .serialized, .timeLimit(.minutes(120)))
struct PowerCutTests {
    private static let subnet = IPv4Network(containing: IPv4Address(10, 88, 0, 0), prefixLength: 16)
    private static let cutCount = environment("POWER_CUTS").flatMap(Int.init) ?? 10

    @Test("after a power cut no acknowledged lease is refused, in a small pool whose leases come and go")
    func cuts() throws {
        let host = try TestHost(subnet: Self.subnet, poolSize: 512)
        let machine = try host.machine()
        let server = try DaemonMachine(on: host)
        var random = SeededGenerator(seed: 0x6375_7473)
        var record = CutRecord()
        try server.boot()
        for _ in 0..<Self.cutCount {
            let crowd = try RestlessCrowd(of: 1000, on: machine, gateway: host.gateway, seed: random.next())
            // Enough for every address to change hands.
            let goal = Int.random(in: 700..<1500, using: &random)
            let deadline = ContinuousClock.now + .seconds(120)
            while crowd.ledger.ackCount < goal, .now < deadline {
                try crowd.discover(40)
                try crowd.settle(within: .seconds(5), every: .milliseconds(200))
                try crowd.releaseSurplus(above: 320)
            }
            try crowd.discover(20)
            try crowd.fireAll()
            try server.cutPower()
            try crowd.hearAll()
            // Requests without an answer are given up.
            try crowd.settle(within: .zero)
            let (ackCount, promiseCount) = (crowd.ledger.ackCount, crowd.ledger.promises.count)

            try server.boot()
            try crowd.prepareConfirmations()
            try crowd.settle(within: .seconds(60), every: .seconds(2))
            record.cuts.append(
                CutRecord.Cut(
                    acks: ackCount, leases: promiseCount, refused: crowd.ledger.lost.count,
                    doubled: crowd.ledger.doubled.count,
                    isFileTakenForForeign: server.console.contains("another program wrote the lease file")))
            try TestRecord.write(record, to: "power-cuts.json")
            try crowd.releaseSurplus(above: 0)
        }
        #expect(record.cuts.allSatisfy { $0.refused == 0 && $0.doubled == 0 && !$0.isFileTakenForForeign }, "\(record)")
        #expect(record.cuts.allSatisfy { $0.leases > 200 }, "\(record)")
    }
}

/// The result of the cuts, as power-cuts.json holds it.
private struct CutRecord: Encodable {
    struct Cut: Encodable {
        /// ACKs before the cut, leases that were held at the cut, and how many of these were refused afterwards.
        let acks, leases, refused: Int
        /// Addresses that two clients held.
        let doubled: Int
        /// Whether the start took leases.json for another program's.
        let isFileTakenForForeign: Bool
    }

    var cuts: [Cut] = []
}
