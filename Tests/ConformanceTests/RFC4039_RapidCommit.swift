import Addresses
import TestSupport
import Testing

/// RFC 4039: the rapid commit option.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC4039_RapidCommit {
    private static let sentence =
        "A server MUST include this option in a DHCPACK message sent in a response to a DHCPDISCOVER message "
        + "when completing the "
        + "DHCPDISCOVER-DHCPACK message exchange."

    @Test(
        "a DISCOVER with the option is acknowledged at once",
        .requirement(
            "RFC 4039 4", sentence,
            differs: [.kea: "sends an OFFER", .isc: "sends an OFFER"]))
    func acknowledgedAtOnce() throws {
        let ack = try #require(try Bench.client().discover { $0[80] = [] }).message
        #expect(ack.kind == .ack)
        #expect(ack[80] == [])
        #expect(Network.pool.contains(ack.yiaddr) && ack.leaseSeconds == Network.leaseSeconds)
    }

    @Test(
        "the binding is committed",
        .requirement(
            "RFC 4039 3",
            "A server ... MAY respond to a DHCPDISCOVER message ... with a DHCPACK that includes the Rapid "
                + "Commit option and fully "
                + "committed configuration information.",
            differs: [.kea: "sends an OFFER", .isc: "sends an OFFER"]))
    func bindingIsCommitted() throws {
        let client = try Bench.client()
        let ack = try #require(try client.discover { $0[80] = [] })
        try #require(ack.message.kind == .ack)
        let reboot = try #require(try client.initReboot(ack.message.yiaddr))
        #expect(reboot.message.kind == .ack)
        #expect(reboot.message.yiaddr == ack.message.yiaddr)
    }

    @Test(
        "a DISCOVER without the option gets an offer",
        .requirement(
            "RFC 4039 3", "A server MUST NOT include the Rapid Commit option in any other messages."))
    func offerOtherwise() throws {
        let offer = try #require(try Bench.client().discover()).message
        #expect(offer.kind == .offer)
        #expect(offer[80] == nil)
    }

    @Test(
        "an ordinary acknowledgement has no rapid commit option",
        .requirement(
            "RFC 4039 3", "A server MUST NOT include the Rapid Commit option in any other messages."))
    func notInOrdinaryAcknowledgement() throws {
        let lease = try Bench.client().lease()
        #expect(lease.ack.message[80] == nil)
    }
}
