import Addresses
import TestSupport
import Testing

/// RFC 6842: client identifier option in DHCP server replies.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC6842_ClientIdentifier {
    private static let sentence =
        "If the 'client identifier' option is present in a message received from a client, the server MUST "
        + "return the 'client "
        + "identifier' option, unaltered, in its response message."
    private static let identifier: [UInt8] = [0xFF, 0, 0, 0, 1, 0, 2, 0xAB, 0xCD]

    @Test(
        "it is returned in an offer and in an acknowledgement",
        .requirement(
            "RFC 6842 3", sentence,
            differs: [.dnsmasq: "does not return it"]))
    func returned() throws {
        let client = try Bench.client()
        let offer = try #require(try client.discover { $0[61] = Self.identifier })
        let ack = try #require(try client.select(offer) { $0[61] = Self.identifier })
        #expect(offer.message[61] == Self.identifier)
        #expect(ack.message[61] == Self.identifier)
    }

    @Test(
        "it is returned in a refusal",
        .requirement(
            "RFC 6842 3", sentence,
            differs: [.dnsmasq: "does not return it"]))
    func returnedInRefusal() throws {
        let nak = try #require(try Bench.client().initReboot(Network.foreign) { $0[61] = Self.identifier })
        #expect(nak.message[61] == Self.identifier)
    }

    @Test(
        "a client that sent none gets none",
        .requirement(
            "RFC 6842 3, table", "Client identifier (if not sent by client): MUST NOT"))
    func notInvented() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = [1, 3, 61] })
        #expect(offer.message[61] == nil)
    }

    @Test(
        "clones that share an identifier get addresses of their own",
        .requirement(
            "RFC 2131 4.2",
            "It is crucial for a DHCP client to use an identifier unique within the subnet to which the client "
                + "is attached"
        ))
    func clonesAreToldApart() throws {
        let first = try Bench.client().lease { $0[61] = Self.identifier }
        let second = try Bench.client().lease { $0[61] = Self.identifier }
        #expect(first.address != second.address)
    }
}
