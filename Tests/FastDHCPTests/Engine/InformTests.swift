import Addresses
import Testing

@testable import FastDHCP

@Suite("INFORM, RFC 2131 section 4.3.5")
struct InformTests {
    private let rig = EngineRig(addressCount: 2)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("it is answered by an ACK to ciaddr with neither an address nor a lease time", arguments: [true, false])
    func acknowledged(hasLease: Bool) throws {
        // The address may be outside the pool: the operator may have set it on the client.
        let address = hasLease ? client.lease() : IPv4Address(10, 0, 0, 200)
        let answer = try #require(client.inform(address).answer)
        #expect(answer.messageType == .ack)
        #expect(answer.ciaddr == address)
        #expect(answer.yiaddr == .unspecified)
        #expect(answer.leaseSeconds == nil)
        #expect(answer.renewalSeconds == nil)
        #expect(answer.rebindingSeconds == nil)
        #expect(answer.serverIdentifier == EngineRig.server)
        #expect(answer.destinationAddress == address)
        #expect(answer.ethernetDestination == client.mac)
        #expect(!answer.hasRapidCommit)
    }

    @Test("it changes nothing")
    func nothing() {
        let before = rig.table.stateCounts()
        client.inform(pool(of: 1)[0])
        #expect(rig.table.stateCounts() == before)
        #expect(rig.inFlight.isEmpty)
    }

    @Test("it never gets a NAK: from another network or without an address, it gets no reply")
    func silence() {
        #expect(client.inform(IPv4Address(192, 168, 0, 5)) == .silent(.foreignSubnet))
        #expect(client.inform(.unspecified) == .silent(.missingAddress))
    }

    @Test("one in another client's name is not answered: its sender would learn that client's options")
    func neighbour() {
        var request = client.unicast(.inform, from: client.lease())
        request.ethernetSource = mac(2)
        #expect(rig.send(request) == .dropped(.sourceMACMismatch))
    }

    @Test("it is answered even if another client holds the address, and while the committer is busy")
    func always() {
        let address = TestClient(2, on: rig).lease()
        rig.commitRoom = 0
        #expect(client.inform(address).messageType == .ack)
    }
}
