import Addresses
import Testing

@testable import FastDHCP

/// The lines of the table in docs/security.md that concern the engine. Each test is named after its line's first cell.
@Suite("What a hostile VM can try, as the engine sees it")
struct SecurityTableTests {
    private let rig = EngineRig(addressCount: 4)
    private var victim: TestClient { TestClient(1, on: rig) }
    private var attacker: TestClient { TestClient(2, on: rig) }

    @Test("offers that it never requests")
    func offers() {
        for number in 1...4 { _ = TestClient(number, on: rig).offer() }
        #expect(TestClient(5, on: rig).discover() == .silent(.poolExhausted))
        rig.wait(seconds: 5)
        #expect(TestClient(5, on: rig).discover().messageType == .offer)
        rig.wait(seconds: 61)
        #expect(rig.table.stateCounts() == [0, 0, 0, 0, 4, 0])
    }

    @Test("DECLINE, to use up the pool")
    func declines() {
        for _ in 1...2 {
            #expect(attacker.decline(attacker.lease()) == .committing)
            rig.commit()
        }
        #expect(attacker.decline(attacker.lease()) == .silent(.declineLimit))
        #expect(rig.table.stateCounts() == [1, 0, 1, 2, 0, 0])
        // A dry pool takes declined addresses back at once; otherwise they come back after an hour.
        for number in 3...5 { TestClient(number, on: rig).lease() }
        #expect(rig.table.stateCounts() == [0, 0, 4, 0, 0, 0])
    }

    @Test("somebody's address")
    func somebodys() {
        let leased = victim.lease()
        #expect(attacker.select(leased).messageType == .nak && attacker.reboot(leased).messageType == .nak)
        #expect(attacker.renew(leased).messageType == .nak && attacker.rebind(leased).messageType == .nak)
        rig.reserve([mac(9): pool(of: 4)[2]])
        #expect(attacker.select(pool(of: 4)[2]).messageType == .nak, "it is kept for its client")
        #expect(attacker.select(pool(of: 4)[3]) == .committing, "a free one is anybody's")
    }

    @Test("RELEASE of another's lease")
    func release() {
        let leased = victim.lease()
        #expect(attacker.release(leased) == .silent(.releaseRefused))
        var forged = victim.unicast(.release, from: leased)
        forged.ethernetSource = attacker.mac
        #expect(rig.send(forged) == .dropped(.sourceMACMismatch))
        #expect(rig.state(leased) == .bound && rig.inFlight.isEmpty)
    }

    @Test("renewal of another's lease")
    func renewal() {
        let leased = victim.lease()
        let own = attacker.lease()
        let before = rig.slot(own)
        var forged = victim.unicast(.request, from: leased)
        forged.ethernetSource = attacker.mac
        forged.sourceAddress = own
        #expect(rig.send(forged).answer?.ethernetDestination == victim.mac, "the ACK goes to the owner")
        forged.destinationAddress = .broadcast
        #expect(rig.send(forged) == .dropped(.sourceMACMismatch))
        #expect(rig.state(leased) == .bound && rig.slot(own) == before && rig.inFlight.isEmpty)
    }

    @Test("to play relay", arguments: [MessageType.discover, .request, .decline, .release, .inform])
    func relay(type: MessageType) {
        var message = attacker.unicast(type, from: victim.lease())
        message.giaddr = IPv4Address(10, 0, 0, 250)
        #expect(rig.send(message) == .dropped(.relayNotAllowed))
    }

    @Test("MACs that collide in a table")
    func collisions() {
        // They differ only in their upper half: a table that used the lower bits would put all of them into one place.
        let macs = (1...200).map { MACAddress(rawValue: UInt64($0) << 24) }
        var index = ClientIndex(slotCount: 200, hashKey: 1)
        for (slotIndex, mac) in macs.enumerated() { index.assign(slotIndex, to: mac) }
        #expect(macs.indices.allSatisfy { index.slotIndex(of: macs[$0]) == $0 })
        let homes = macs.map { index.home(ClientIndex.key($0)) }
        let others = ClientIndex(slotCount: 200, hashKey: 2)
        #expect(Set(homes).count > 100, "they stand apart")
        #expect(homes != macs.map { others.home(ClientIndex.key($0)) }, "and elsewhere under another key")
    }

    @Test("replies to somebody else")
    func replies() {
        let leased = victim.lease()
        let own = attacker.lease()
        for type in [MessageType.discover, .request, .inform] {
            for ciaddr in [.unspecified, leased, own] {
                for requested in [nil, leased, own] {
                    for source in [attacker.mac, victim.mac] {
                        var message = attacker.message(type)
                        message.ethernetSource = source
                        message.ciaddr = ciaddr
                        message.sourceAddress = ciaddr
                        message.requestedIPAddress = requested
                        guard let answer = rig.send(message).answer else { continue }
                        #expect(answer.ethernetDestination == attacker.mac && source == attacker.mac)
                    }
                }
            }
        }
    }
}
