import Addresses
import Glibc
import TestSupport
import Testing

/// A VM does its worst, and the VM beside it is the judge: it is served in time, and it keeps its lease.
///
/// `COCOON_NET_ATTACK_SECONDS` says how long each attack lasts.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct AttackTests {
    /// What a VM may wait in the median from its DISCOVER to its ACK. A VM that boots does not notice this.
    private static let patience = Duration.milliseconds(100)
    private static let calm = Duration.milliseconds(250)
    private static let attackTime = environment("COCOON_NET_ATTACK_SECONDS").flatMap { Double($0) }.map {
        Duration.seconds($0)
    }

    @Test("an honest VM beside a hostile one is served in time and keeps its lease")
    func attacks() throws {
        let scene = try AttackScene()
        var newcomers = Newcomers(scene)
        var verdicts: [Verdict] = []
        for attack in Attack.all {
            let before = try median(during: Self.calm, of: &newcomers, or: scene, dry: false)
            let stream = try AttackStream(
                try attack.frames(scene), isMutated: attack.isMutated, on: scene.hostile)
            let start = try scene.host.metrics()
            stream.start()
            if attack.driesPool {
                #expect(try eventually { attack.count(in: try scene.host.metrics()) > attack.count(in: start) })
            }
            let during = try median(
                during: Self.attackTime ?? .milliseconds(750), of: &newcomers, or: scene, dry: attack.driesPool)
            let sent = stream.stop()
            // What the ring itself skips is added to the metrics once a second.
            var counted = 0
            _ = try eventually(within: .seconds(3)) {
                counted = attack.count(in: try scene.host.metrics()) - attack.count(in: start)
                return counted > 0
            }
            verdicts.append(
                Verdict(
                    attack: attack.name, sent: sent, reasons: attack.reasons, counted: counted,
                    beforeMicroseconds: before, duringMicroseconds: during, isUnharmed: try isUnharmed(scene)))
        }
        print(Verdict.table(verdicts))
        try TestRecord.write(verdicts, to: "attacks.json")
        for verdict in verdicts {
            let line = Verdict.table([verdict])
            #expect(verdict.counted > 0, "not counted: \(line)")
            #expect(verdict.isUnharmed, "the honest VM's lease is harmed: \(line)")
            #expect(verdict.duringMicroseconds <= Int(Self.patience / .microseconds(1)), "served late: \(line)")
        }
        #expect(scene.daemon.process.isRunning, "\(scene.daemon.process.output)")
    }

    /// The median in microseconds from DISCOVER to ACK, of VMs that come one after the other, or of the VM that has a
    /// lease when the pool is dry.
    private func median(
        during time: Duration, of newcomers: inout Newcomers, or scene: AttackScene, dry: Bool
    ) throws -> Int {
        var waits: [Duration] = []
        let end = ContinuousClock.now + time
        repeat {
            let client = dry ? try scene.honest.client() : try newcomers.next()
            client.patience = .milliseconds(200)
            let start = ContinuousClock.now
            guard let lease = eventually(within: .seconds(5), every: .zero, { try? client.lease() }) else {
                throw ExchangeError("\(client.mac) gets no lease in 5 s; \(scene.daemon.process.output.suffix(2000))")
            }
            waits.append(.now - start)
            if dry { #expect(lease.address == scene.victim.address) }
            usleep(5000)
        } while .now < end
        return Int(waits.sorted()[waits.count / 2] / .microseconds(1))
    }

    /// Whether the honest VM's lease is what it was, for the daemon and for the kernel.
    private func isUnharmed(_ scene: AttackScene) throws -> Bool {
        let (address, mac) = (scene.victim.address, scene.holder.mac)
        return try scene.host.bindings()[address] == mac && scene.host.hasRoute(to: address)
            && scene.host.pinnedNeighbour(of: address) == mac
    }
}

/// Honest VMs that come one after the other. After some time the first ones come again, so that the pool is large enough.
private struct Newcomers {
    private let machine: Machine
    private var number: UInt64 = 0
    private static let count: UInt64 = 2000

    init(_ scene: AttackScene) { machine = scene.newcomers }

    mutating func next() throws -> ScriptedClient {
        number = (number + 1) % Self.count
        return try machine.client(MACAddress(rawValue: 0x02AA_0000_0000 | number))
    }
}

/// The result of one attack.
private struct Verdict: Encodable {
    let attack: String
    let sent: Int
    let reasons: [String]
    let counted: Int
    let beforeMicroseconds: Int
    let duringMicroseconds: Int
    let isUnharmed: Bool

    static func table(_ verdicts: [Verdict]) -> String {
        let rows = verdicts.map { verdict in
            let reasons =
                verdict.reasons.count > 2 ? "\(verdict.reasons.count) reasons" : verdict.reasons.joined(separator: ", ")
            return "| \(verdict.attack) | \(verdict.sent) | \(reasons): \(verdict.counted) | "
                + "\(milliseconds(verdict.beforeMicroseconds)) | \(milliseconds(verdict.duringMicroseconds)) | "
                + "\(verdict.isUnharmed ? "unharmed" : "harmed") |"
        }
        let head = [
            "| attack | frames sent | counted | honest median before | during | lease |", "|---|---|---|---|---|---|",
        ]
        return (head + rows).joined(separator: "\n")
    }

    private static func milliseconds(_ microseconds: Int) -> String { "\(Double(microseconds / 10) / 100) ms" }
}
