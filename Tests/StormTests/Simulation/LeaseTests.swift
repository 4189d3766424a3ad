import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("A client and its lease")
struct LeaseTests {
    private let address = IPv4Address(10, 0, 0, 77)

    @Test("DISCOVER, OFFER, REQUEST, ACK make a lease, and are measured")
    func dora() throws {
        let dialogue = Dialogue()
        let discover = try dialogue.sentOne()
        #expect(discover.type == .discover)
        #expect(discover.ethernetSource == discover.chaddr)
        #expect(discover.ethernetDestination == .broadcast)
        #expect(!discover.hasRapidCommit && !discover.isBroadcastFlagSet)

        dialogue.pass(milliseconds: 2)
        dialogue.answer(discover, .offer, address)
        let request = try dialogue.sentOne()
        #expect(request.type == .request)
        #expect(request.xid == discover.xid)
        #expect(request.requestedIPAddress == address)
        #expect(request.serverIdentifier == Dialogue.server.address)
        #expect(request.ciaddr == .unspecified)

        dialogue.pass(milliseconds: 3)
        dialogue.answer(request, .ack, address)
        let tally = dialogue.tally
        #expect(dialogue.isFinished)
        #expect((tally.completedCount, tally.lostCount, tally.resendCount) == (1, 0, 0))
        #expect((tally.discoverCount, tally.offerCount, tally.requestCount, tally.ackCount) == (1, 1, 1, 1))
        let latencies = dialogue.latencies
        #expect((1_990_000...2_010_000).contains(latencies.offer.longest))
        #expect((2_990_000...3_010_000).contains(latencies.acknowledgement.longest))
        #expect((4_990_000...5_010_000).contains(latencies.lease.longest))
    }

    @Test("with rapid commit an ACK to the DISCOVER is a lease, and an OFFER is taken too")
    func rapidCommit() throws {
        let quick = Dialogue { $0.asksForRapidCommit = true }
        let discover = try quick.sentOne()
        #expect(discover.hasRapidCommit)
        quick.answer(discover, .ack, address) { $0.hasRapidCommit = true }
        #expect(quick.isFinished)
        #expect(quick.tally.completedCount == 1)

        let slow = Dialogue { $0.asksForRapidCommit = true }
        slow.answer(try slow.sentOne(), .offer, address)
        #expect(try slow.sentOne().type == .request)
    }

    @Test("an ACK to a DISCOVER is not taken if the client did not ask for rapid commit or the ACK lacks the option")
    func uninvitedACK() throws {
        let plain = Dialogue()
        plain.answer(try plain.sentOne(), .ack, address) { $0.hasRapidCommit = true }
        #expect(plain.tally.strayCount == 1)

        let asking = Dialogue { $0.asksForRapidCommit = true }
        asking.answer(try asking.sentOne(), .ack, address)
        #expect(asking.tally.strayCount == 1)
        #expect(!asking.isFinished)
    }

    @Test("the broadcast flag is set when the plan says so")
    func broadcastFlag() throws {
        let dialogue = Dialogue { $0.setsBroadcastFlag = true }
        #expect(try dialogue.sentOne().isBroadcastFlagSet)
    }

    @Test("a NAK sends the client back to DISCOVER, a second later and with a new transaction")
    func nak() throws {
        let dialogue = Dialogue()
        let discover = try dialogue.sentOne()
        dialogue.answer(discover, .offer, address)
        dialogue.answer(try dialogue.sentOne(), .nak, address)
        #expect(dialogue.tally.nakCount == 1)
        #expect(dialogue.sent().isEmpty)
        let wait = try #require(dialogue.waitForMessage())
        #expect((1000...1002).contains(wait))
        let again = try dialogue.sentOne()
        #expect(again.type == .discover)
        #expect(again.xid != discover.xid)
    }

    @Test("a client whose requests are all refused sends one DISCOVER a second until its time is over")
    func alwaysRefused() throws {
        let dialogue = Dialogue { $0.timeout = .seconds(10) }
        while dialogue.waitForMessage() != nil, !dialogue.isFinished {
            let message = try dialogue.sentOne()
            dialogue.answer(message, message.type == .discover ? .offer : .nak, address)
        }
        #expect(dialogue.tally.lostCount == 1)
        #expect((8...11).contains(dialogue.tally.nakCount))
    }

    @Test("replies to others, late replies and repeated replies are counted and change nothing")
    func strays() throws {
        let dialogue = Dialogue()
        let discover = try dialogue.sentOne()
        dialogue.answer(discover, .offer, address) { $0.xid ^= 1 }
        dialogue.answer(discover, .offer, address) { $0.chaddr = MACAddress(2, 9, 9, 9, 9, 9) }
        dialogue.answer(discover, .nak, address)
        #expect(dialogue.tally.strayCount == 3)
        dialogue.answer(discover, .offer, address)
        dialogue.answer(discover, .offer, address)
        #expect(dialogue.tally.strayCount == 4)
        let request = try dialogue.sentOne()
        dialogue.answer(request, .ack, address)
        dialogue.answer(request, .ack, address)
        #expect(dialogue.tally.strayCount == 5)
        #expect(dialogue.tally.completedCount == 1)
    }

    @Test("an OFFER or ACK without an address is no answer")
    func incomplete() throws {
        let dialogue = Dialogue()
        let discover = try dialogue.sentOne()
        dialogue.answer(discover, .offer, .unspecified)
        #expect(dialogue.sent().isEmpty)
        dialogue.answer(discover, .offer, address)
        dialogue.answer(try dialogue.sentOne(), .ack, .unspecified)
        #expect(dialogue.tally.incompleteCount == 2)
        #expect(!dialogue.isFinished)
    }

    @Test("random bytes are counted as unreadable")
    func unreadable() {
        let dialogue = Dialogue()
        let noise = SeededNoise(seed: 5)
        for round in 0..<2000 as Range<UInt64> {
            let bytes = (0..<(noise(round) % 600)).map { UInt8(truncatingIfNeeded: noise(round << 32 + $0)) }
            dialogue.receive(bytes)
        }
        #expect(dialogue.tally.unreadableCount == 2000)
    }
}
