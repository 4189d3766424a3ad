import Addresses
import TestSupport
import Testing

/// RFC 2131 section 4.3.3: DHCPDECLINE message.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_4_3_3_Decline {
    private static let sentence = "The server MUST mark the network address as not available"

    @Test("there is no answer to a decline", .requirement("RFC 2131 4.3.3", sentence))
    func noAnswer() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        #expect(try client.answers(to: client.declining(lease.address, server: lease.server)).isEmpty)
    }

    @Test("the client that declined gets another address", .requirement("RFC 2131 4.3.3", sentence))
    func clientGetsAnotherAddress() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        try client.decline(lease.address, server: lease.server)
        try client.completeAnotherExchange()
        #expect(try client.lease().address != lease.address)
    }

    @Test(
        "nobody gets a declined address by asking for it",
        .requirement(
            "RFC 2131 4.3.3", sentence,
            differs: [.dnsmasq: .sometimes("offers it to whoever asks")]))
    func addressIsSetAside() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        try client.decline(lease.address, server: lease.server)
        try client.completeAnotherExchange()
        let offer = try #require(try Bench.client().discover { $0[50] = lease.address.bytes })
        #expect(offer.message.yiaddr != lease.address)
    }

    @Test(
        "an address declined by somebody who does not hold it stays with its holder",
        .requirement(
            "RFC 2131 4.3.3",
            "the client has discovered through some other means that the suggested network address is already "
                + "in use",
            differs: [.isc: "takes it from its holder"]))
    func strangersCannotDecline() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let stranger = try Bench.client()
        try stranger.decline(lease.address, server: lease.server)
        try stranger.completeAnotherExchange()
        #expect(try #require(try client.renew(lease)).message.kind == .ack)
    }
}
