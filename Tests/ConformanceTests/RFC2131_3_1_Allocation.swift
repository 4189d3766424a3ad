import Addresses
import TestSupport
import Testing

/// RFC 2131 section 3.1: allocating a network address.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_3_1_Allocation {
    @Test(
        "an offer carries a free address of the pool",
        .requirement(
            "RFC 2131 3.1",
            "Each server may respond with a DHCPOFFER message that includes an available network address"))
    func offerHasAddressOfPool() throws {
        let offer = try #require(try Bench.client().discover())
        #expect(offer.message.kind == .offer)
        #expect(Network.pool.contains(offer.message.yiaddr))
    }

    @Test(
        "the address that was offered is the one acknowledged",
        .requirement(
            "RFC 2131 3.1", "The 'yiaddr' field in the DHCPACK messages is filled in with the selected network address."
        ))
    func acknowledgesWhatWasOffered() throws {
        let client = try Bench.client()
        let offer = try #require(try client.discover())
        let ack = try #require(try client.select(offer))
        #expect(ack.message.kind == .ack)
        #expect(ack.message.yiaddr == offer.message.yiaddr)
    }

    @Test(
        "the acknowledgement repeats the parameters of the offer",
        .requirement(
            "RFC 2131 3.1",
            "Any configuration parameters in the DHCPACK message SHOULD NOT conflict with those in the earlier "
                + "DHCPOFFER"
        ))
    func acknowledgementAgreesWithOffer() throws {
        let client = try Bench.client()
        let offer = try #require(try client.discover())
        let ack = try #require(try client.select(offer))
        for code in [1, 3, 6, 54] as [UInt8] { #expect(ack.message[code] == offer.message[code], "option \(code)") }
    }

    @Test(
        "two clients that only discovered hold two addresses",
        .requirement(
            "RFC 2131 3.1",
            "the protocol will work more efficiently if the server avoids allocating the offered network address "
                + "to another"
        ))
    func offersAreHeld() throws {
        let first = try #require(try Bench.client().discover())
        let second = try #require(try Bench.client().discover())
        #expect(first.message.yiaddr != second.message.yiaddr)
    }

    @Test(
        "a client that discovers again is offered the same address",
        .requirement(
            "RFC 2131 3.1",
            "The client times out and retransmits the DHCPDISCOVER message if the client receives no DHCPOFFER",
            differs: [.kea: .sometimes("offers the next one")]))
    func repeatedDiscoverGetsTheSameOffer() throws {
        let client = try Bench.client()
        let first = try #require(try client.discover())
        let second = try #require(try client.discover())
        #expect(first.message.yiaddr == second.message.yiaddr)
    }

    @Test(
        "a repeated request is acknowledged again with the same address",
        .requirement(
            "RFC 2131 3.1",
            "The client times out and retransmits the DHCPREQUEST message if the client receives neither a "
                + "DHCPACK or a DHCPNAK"
        ))
    func repeatedRequestIsAcknowledgedAgain() throws {
        let client = try Bench.client()
        let offer = try #require(try client.discover())
        let first = try #require(try client.select(offer))
        let second = try #require(try client.select(offer))
        #expect(second.message.kind == .ack)
        #expect(second.message.yiaddr == first.message.yiaddr)
    }

    @Test(
        "a request for another client's address is refused",
        .requirement(
            "RFC 2131 3.1",
            "If the selected server is unable to satisfy the DHCPREQUEST message (e.g., the requested network "
                + "address has been "
                + "allocated), the server SHOULD respond with a DHCPNAK message."))
    func allocatedAddressIsRefused() throws {
        let taken = try Bench.client().lease()
        let client = try Bench.client()
        let offer = try #require(try client.discover())
        let reply = try #require(try client.select(offer) { $0[50] = taken.address.bytes })
        #expect(reply.message.kind == .nak)
    }

    @Test(
        "a server that was not selected stays silent",
        .requirement(
            "RFC 2131 3.1",
            "Those servers not selected by the DHCPREQUEST message use the message as notification that the "
                + "client has "
                + "declined that server's offer.",
            differs: [.dnsmasq: "refuses", .isc: "refuses"]))
    func unselectedServerIsSilent() throws {
        let client = try Bench.client()
        let offer = try #require(try client.discover())
        var request = client.selecting(offer)
        request[54] = Network.otherServer.bytes
        #expect(try client.answers(to: request).isEmpty)
    }

    @Test(
        "a released address is free again, and its client's first choice",
        .requirement(
            "RFC 2131 3.1",
            "The client may choose to relinquish its lease on a network address by sending a DHCPRELEASE message "
                + "to the server.",
            differs: [
                .dnsmasq: .sometimes("keeps no record of a released lease"),
                .kea: "keeps no record of a released lease",
            ]))
    func releasedAddressComesBack() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        try client.release(lease)
        try client.completeAnotherExchange()
        #expect(try client.lease().address == lease.address)
    }
}
