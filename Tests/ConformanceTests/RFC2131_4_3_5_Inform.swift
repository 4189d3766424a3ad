import Addresses
import TestSupport
import Testing

/// RFC 2131 section 4.3.5: DHCPINFORM message.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_4_3_5_Inform {
    @Test(
        "parameters are sent to the address in ciaddr",
        .requirement(
            "RFC 2131 4.3.5",
            "The server responds to a DHCPINFORM message by sending a DHCPACK message directly to the address "
                + "given in the "
                + "'ciaddr' field"))
    func answersToClientAddress() throws {
        let client = try Bench.client()
        let own = Bench.addressOutsidePool()
        let ack = try #require(try client.inform(own))
        #expect(ack.message.kind == .ack)
        #expect(ack.frame.destinationAddress == own && ack.frame.destination == client.mac)
        #expect(ack.message.addresses(6) == Network.dns)
        #expect(ack.message.serverIdentifier == Network.gateway)
    }

    @Test(
        "no lease time is sent",
        .requirement("RFC 2131 4.3.5", "The server MUST NOT send a lease expiration time to the client"))
    func noLeaseTime() throws {
        let ack = try #require(try Bench.client().inform(Bench.addressOutsidePool())).message
        #expect(Set(ack.codes).isDisjoint(with: [51, 58, 59]))
    }

    @Test("no address is assigned", .requirement("RFC 2131 4.3.5", "and SHOULD NOT fill in 'yiaddr'"))
    func noAddress() throws {
        let ack = try #require(try Bench.client().inform(Bench.addressOutsidePool())).message
        #expect(ack.yiaddr == .unspecified)
    }

    @Test(
        "a client without a lease is answered",
        .requirement("RFC 2131 3.4", "The server ... MUST NOT check for an existing lease."))
    func leaseIsNotChecked() throws {
        let taken = try Bench.client().lease()
        let ack = try #require(try Bench.client().inform(taken.address))
        #expect(ack.message.kind == .ack)
    }

    @Test(
        "the parameters that the client asks for are sent",
        .requirement(
            "RFC 2131 4.3.5", "The server includes other parameters in the DHCPACK message as defined in section 4.3.1."
        ))
    func sendsRequestedParameters() throws {
        let ack = try #require(try Bench.client().inform(Bench.addressOutsidePool()) { $0[55] = [6, 3] }).message
        #expect(ack.addresses(6) == Network.dns && ack.addresses(3) == [Network.gateway])
    }

    @Test(
        "an address of another network is not refused",
        .requirement(
            "RFC 2131 4.3.1, table 3",
            "DHCPNAK ... from client DHCPREQUEST message: there is no DHCPNAK to a DHCPINFORM"))
    func neverRefused() throws {
        let client = try Bench.client()
        var inform = client.message(.inform)
        inform.ciaddr = Network.foreign
        let replies = try client.answers(to: inform, in: client.frame(inform, from: Network.foreign))
        #expect(replies.allSatisfy { $0.message.kind == .ack })
    }
}
