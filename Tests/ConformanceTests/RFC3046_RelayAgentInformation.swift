import Addresses
import TestSupport
import Testing

/// RFC 3046: DHCP relay agent information option, and what RFC 2131 says of relays.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC3046_RelayAgentInformation {
    /// Circuit identifier 7 and a remote identifier.
    private static let information: [UInt8] = [1, 1, 7, 2, 3, 0x61, 0x62, 0x63]

    private func relayedClient() throws -> ScriptedClient {
        let client = try Bench.client()
        client.relay = Relay(address: Network.relay, mac: MACAddress(2, 0, 0, 0, 0xEE, 1))
        return client
    }

    @Test(
        "replies go to the relay, port 67",
        .requirement(
            "RFC 2131 4.1",
            "If the 'giaddr' field in a DHCP message from a client is non-zero, the server sends any return "
                + "messages to the 'DHCP "
                + "server' port on the BOOTP relay agent whose address appears in 'giaddr'."))
    func repliesGoToRelay() throws {
        let client = try relayedClient()
        let lease = try client.lease()
        #expect(lease.ack.frame.destinationAddress == Network.relay)
        #expect(lease.ack.frame.destinationPort == 67)
        #expect(lease.ack.message.giaddr == Network.relay)
    }

    @Test(
        "a refusal through a relay asks it to broadcast",
        .requirement(
            "RFC 2131 4.3.2", "The server MUST set the broadcast bit in the DHCPNAK",
            differs: [.kea: "leaves the bit clear"]))
    func refusalThroughRelay() throws {
        let nak = try #require(try relayedClient().initReboot(Network.foreign))
        #expect(nak.message.kind == .nak)
        #expect(nak.message.wantsBroadcast)
        #expect(nak.frame.destinationAddress == Network.relay)
    }

    @Test(
        "the option is echoed unchanged in every reply",
        .requirement(
            "RFC 3046 2.2",
            "DHCP servers claiming to support the Relay Agent Information option SHALL echo the entire contents "
                + "of the Relay Agent "
                + "Information option in all replies."))
    func echoed() throws {
        let client = try relayedClient()
        let offer = try #require(try client.discover { $0[82] = Self.information })
        let ack = try #require(try client.select(offer) { $0[82] = Self.information })
        let nak = try #require(try client.initReboot(Network.foreign) { $0[82] = Self.information })
        for reply in [offer, ack, nak] {
            #expect(reply.message[82] == Self.information, "\(String(describing: reply.message.kind))")
        }
    }

    @Test(
        "the option comes last",
        .requirement(
            "RFC 3046 2.2",
            "Servers SHOULD copy the Relay Agent Information option as the last DHCP option in the response."))
    func last() throws {
        let offer = try #require(try relayedClient().discover { $0.options.insert(.init(82, Self.information), at: 1) })
        #expect(offer.message.codes.last == 82)
    }

    @Test(
        "a client that was not relayed through an agent gets no such option",
        .requirement("RFC 2131 4.3.1", "The server MUST NOT return a value for that parameter"))
    func notInvented() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = [1, 3, 82] })
        #expect(offer.message[82] == nil)
    }

    @Test(
        "a relay in no network of ours is not served",
        .requirement(
            "RFC 2131 4.3.1", "the address is selected ... on the address of the relay agent that forwarded the message"
        ))
    func foreignRelay() throws {
        let client = try Bench.client()
        var discover = client.message(.discover)
        discover.giaddr = Network.foreign
        #expect(try client.answers(to: discover).isEmpty)
    }
}
