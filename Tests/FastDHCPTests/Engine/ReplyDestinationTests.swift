import Addresses
import Testing

@testable import FastDHCP

@Suite("Where replies go, RFC 2131 section 4.1")
struct ReplyDestinationTests {
    private static let relay = IPv4Address(10, 0, 0, 250)
    private static let relayStation = mac(0xFFFF)
    private let rig = EngineRig { $0.relays = [Self.relay] }
    private var client: TestClient { TestClient(1, on: rig) }

    private func relayed(_ type: MessageType) -> Request {
        var request = client.message(type)
        request.giaddr = Self.relay
        request.ethernetSource = Self.relayStation
        request.sourceAddress = Self.relay
        request.destinationAddress = EngineRig.server
        request.ethernetDestination = EngineRig.bridge
        request.sourcePort = 67
        request.hops = 1
        return request
    }

    @Test("without a broadcast flag: to chaddr and yiaddr")
    func unicast() throws {
        let offer = try #require(client.discover().answer)
        #expect(offer.destinationAddress == offer.yiaddr)
        #expect(offer.ethernetDestination == client.mac)
        #expect(offer.destinationPort == 68)
        client.select(offer.yiaddr)
        let ack = try #require(rig.commit().first)
        #expect(ack.destinationAddress == offer.yiaddr)
        #expect(ack.ethernetDestination == client.mac)
        #expect(ack.ciaddr == .unspecified)
    }

    @Test(
        "with the broadcast flag: to 255.255.255.255, in a frame to chaddr or, if the operator wants it, to everybody")
    func broadcastFlag() throws {
        for floods in [false, true] {
            let rig = EngineRig { $0.floodsBroadcasts = floods }
            var request = TestClient(1, on: rig).message(.discover)
            request.flags = 0x8000
            let offer = try #require(rig.send(request).answer)
            #expect(offer.destinationAddress == .broadcast)
            #expect(offer.ethernetDestination == (floods ? .broadcast : client.mac))
            #expect(offer.flags == 0x8000)
        }
    }

    @Test("a client that has an address gets its ACK there, at the port it uses, whatever its broadcast flag says")
    func ciaddr() throws {
        let address = client.lease()
        var request = client.unicast(.request, from: address)
        request.flags = 0x8000
        request.sourcePort = 1068
        let ack = try #require(rig.send(request).answer)
        #expect(ack.messageType == .ack)
        #expect(ack.destinationAddress == address)
        #expect(ack.ethernetDestination == client.mac)
        #expect(ack.destinationPort == 1068)
        #expect(ack.ciaddr == address)
        #expect(ack.flags == 0x8000)
    }

    @Test("a renewal that came through a router goes back to the router")
    func routed() throws {
        let address = client.lease()
        var request = client.unicast(.request, from: address)
        request.ethernetSource = mac(99)
        let ack = try #require(rig.send(request).answer)
        #expect(ack.destinationAddress == address)
        #expect(ack.ethernetDestination == mac(99))
    }

    @Test("a NAK is broadcast, also to a client that says it has an address", arguments: ["reboot", "renew", "select"])
    func nak(case: String) throws {
        let taken = TestClient(2, on: rig).lease()
        let outcome =
            switch `case` {
            case "reboot": client.reboot(taken)
            case "renew": client.renew(taken)
            default: client.select(taken)
            }
        let nak = try #require(outcome.answer)
        #expect(nak.messageType == .nak)
        #expect(nak.destinationAddress == .broadcast)
        #expect(nak.ethernetDestination == client.mac)
        #expect(nak.yiaddr == .unspecified)
        #expect(nak.ciaddr == .unspecified)
        #expect(nak.siaddr == .unspecified)
        #expect(nak.leaseSeconds == nil)
        #expect(nak.serverIdentifier == EngineRig.server)
        #expect(nak.flags == 0)
    }

    @Test("through a relay: to giaddr, port 67, in a frame to the sender's MAC", arguments: [UInt16(0), 0x8000])
    func throughRelay(flags: UInt16) throws {
        var request = relayed(.discover)
        request.flags = flags
        let offer = try #require(rig.send(request, options: [82, 3, 1, 1, 7]).answer)
        #expect(offer.messageType == .offer)
        #expect(offer.destinationAddress == Self.relay)
        #expect(offer.ethernetDestination == Self.relayStation)
        #expect(offer.destinationPort == 67)
        #expect(offer.giaddr == Self.relay)
        #expect(offer.flags == flags)
        #expect(offer.relayAgentInformation == [1, 1, 7])
    }

    @Test("giaddr comes before ciaddr: the ACK to a relayed INFORM goes to the relay")
    func relayBeforeCiaddr() throws {
        var request = relayed(.inform)
        request.ciaddr = IPv4Address(10, 0, 0, 77)
        let ack = try #require(rig.send(request).answer)
        #expect(ack.destinationAddress == Self.relay)
        #expect(ack.destinationPort == 67)
        #expect(ack.ciaddr == IPv4Address(10, 0, 0, 77))
    }

    @Test("a NAK through a relay goes to the relay, with the broadcast flag set, so that the relay broadcasts it")
    func relayedNak() throws {
        let taken = TestClient(2, on: rig).lease()
        var request = relayed(.request)
        request.requestedIPAddress = taken
        let nak = try #require(rig.send(request).answer)
        #expect(nak.messageType == .nak)
        #expect(nak.destinationAddress == Self.relay)
        #expect(nak.ethernetDestination == Self.relayStation)
        #expect(nak.destinationPort == 67)
        #expect(nak.flags == 0x8000)
    }

    @Test("a lease through a relay is marked as relayed, and so is its renewal through the router")
    func relayedChange() {
        rig.send(relayed(.discover))
        var request = relayed(.request)
        request.requestedIPAddress = pool(of: 1)[0]
        request.serverIdentifier = EngineRig.server
        rig.send(request)
        #expect(rig.inFlight.map(\.isRelayed) == [true])
        rig.commit()
        rig.wait(seconds: 500)
        var renewal = client.unicast(.request, from: pool(of: 1)[0])
        renewal.ethernetSource = Self.relayStation
        #expect(rig.send(renewal) == .committing)
        #expect(rig.inFlight.map(\.isRelayed) == [true])
        #expect(rig.commit().first?.ethernetDestination == Self.relayStation)
        TestClient(2, on: rig).select(TestClient(2, on: rig).offer())
        #expect(rig.inFlight.map(\.isRelayed) == [false])
    }
}
