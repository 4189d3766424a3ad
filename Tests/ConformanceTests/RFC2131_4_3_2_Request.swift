import Addresses
import TestSupport
import Testing

/// RFC 2131 section 4.3.2: DHCPREQUEST message, by the state of the client that sends it.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_4_3_2_Request {
    // MARK: SELECTING

    @Test(
        "SELECTING: the lease time is that of the offer",
        .requirement("RFC 2131 4.3.1, table 3", "IP address lease time MUST (DHCPREQUEST)"))
    func selectingGetsLeaseTime() throws {
        let lease = try Bench.client().lease()
        #expect(lease.ack.message.leaseSeconds == Network.leaseSeconds)
        #expect(lease.ack.message.ciaddr == .unspecified)
    }

    @Test(
        "SELECTING: an offer that was lost in a restart is honoured while its address is free",
        .requirement(
            "RFC 2131 3.1",
            "The server selected in the DHCPREQUEST message commits the binding for the client to persistent "
                + "storage and responds "
                + "with a DHCPACK message"))
    func selectingWithoutRecord() throws {
        let client = try Bench.client()
        let wanted = IPv4Address(10, 50, 2, 190)
        var request = client.message(.request)
        request[50] = wanted.bytes
        request[54] = Network.gateway.bytes
        let reply = try #require(try client.exchange(request))
        #expect(reply.message.kind == .ack)
        #expect(reply.message.yiaddr == wanted)
    }

    @Test(
        "SELECTING: after choosing another server, the client can still come back",
        .requirement(
            "RFC 2131 4.3.2",
            "Because the servers have not committed any network address assignments on the basis of a DHCPOFFER, "
                + "servers are free to reuse offered network addresses",
            differs: [
                .dnsmasq: "refuses the request for the other server", .isc: "refuses the request for the other server",
            ]))
    func selectingAnotherServerKeepsNothing() throws {
        let client = try Bench.client()
        let offer = try #require(try client.discover())
        var request = client.selecting(offer)
        request[54] = Network.otherServer.bytes
        #expect(try client.answers(to: request).isEmpty)
        let second = try Bench.client()
        let reply = try #require(try second.discover { $0[50] = offer.message.yiaddr.bytes })
        #expect(reply.message.yiaddr == offer.message.yiaddr)
    }

    // MARK: INIT-REBOOT

    @Test(
        "INIT-REBOOT: a client with another address than its own is refused",
        .requirement(
            "RFC 2131 4.3.2",
            "the DHCP server should check if the client's notion of its IP address is correct. If not, then the "
                + "server SHOULD send "
                + "a DHCPNAK message"))
    func rebootWithWrongAddress() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let other = try Bench.client().lease()
        let reply = try #require(try client.initReboot(other.address))
        #expect(reply.message.kind == .nak)
        #expect(try #require(try client.initReboot(lease.address)).message.kind == .ack)
    }

    @Test(
        "INIT-REBOOT: a client on the wrong network is refused",
        .requirement(
            "RFC 2131 4.3.2",
            "Server SHOULD send a DHCPNAK message to the client if the 'requested IP address' is incorrect, or "
                + "is on the wrong network."))
    func rebootOnWrongNetwork() throws {
        let client = try Bench.client()
        _ = try client.lease()
        #expect(try #require(try client.initReboot(Network.foreign)).message.kind == .nak)
    }

    @Test(
        "INIT-REBOOT: an unknown client is left to other servers",
        .requirement(
            "RFC 2131 4.3.2", "If the DHCP server has no record of this client, then it MUST remain silent",
            differs: [.dnsmasq: "acknowledges", .kea: "refuses", .isc: "refuses"]))
    func unknownClientReboots() throws {
        let client = try Bench.client()
        #expect(try client.answers(to: client.rebooting(IPv4Address(10, 50, 2, 180))).isEmpty)
    }

    @Test(
        "INIT-REBOOT: an unknown client that wants somebody's address is refused",
        .requirement(
            "RFC 2131 4.3.2",
            "Server SHOULD send a DHCPNAK message to the client if the 'requested IP address' is incorrect"))
    func unknownClientWantsTakenAddress() throws {
        let taken = try Bench.client().lease()
        let reply = try #require(try Bench.client().initReboot(taken.address))
        #expect(reply.message.kind == .nak)
    }

    // MARK: RENEWING and REBINDING

    @Test(
        "RENEWING: the lease is extended to its full length",
        .requirement(
            "RFC 2131 4.3.2",
            "In this situation, the client is completely configured, and is trying to extend its lease."))
    func renewing() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let ack = try #require(try client.renew(lease)).message
        #expect(ack.kind == .ack)
        #expect(ack.yiaddr == lease.address && ack.ciaddr == lease.address)
        #expect(ack.leaseSeconds == Network.leaseSeconds)
    }

    @Test(
        "RENEWING: the reply goes to ciaddr",
        .requirement(
            "RFC 2131 4.3.2",
            "the DHCP server will trust the value in 'ciaddr', and use it when replying to the client."))
    func renewalIsAnsweredAtClientAddress() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let ack = try #require(try client.renew(lease))
        #expect(ack.frame.destinationAddress == lease.address)
    }

    @Test(
        "REBINDING: the broadcast request is acknowledged",
        .requirement("RFC 2131 4.3.2", "This message MUST be broadcast to the 0xffffffff IP broadcast address."))
    func rebinding() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let ack = try #require(try client.rebind(lease)).message
        #expect(ack.kind == .ack)
        #expect(ack.yiaddr == lease.address)
    }

    @Test(
        "REBINDING: a client that resumed with somebody else's address is refused",
        .requirement(
            "RFC 2131 4.3.2",
            "The DHCP server SHOULD check 'ciaddr' for correctness before replying to the DHCPREQUEST."))
    func rebindingTakenAddress() throws {
        let taken = try Bench.client().lease()
        let client = try Bench.client()
        client.configure(taken.address)
        let reply = try #require(try client.rebind(taken))
        #expect(reply.message.kind == .nak)
    }

    @Test(
        "REBINDING: an address that is not ours to give is refused",
        .requirement(
            "RFC 2131 4.3.2",
            "The DHCP server SHOULD check 'ciaddr' for correctness before replying to the DHCPREQUEST.",
            differs: [.kea: "stays silent", .isc: "stays silent"]))
    func rebindingOutsidePool() throws {
        let client = try Bench.client()
        let address = Bench.addressOutsidePool()
        var request = client.message(.request)
        request.ciaddr = address
        let reply = try #require(try client.exchange(request, from: address))
        #expect(reply.message.kind == .nak)
    }

    @Test(
        "REBINDING: an address of another network is refused",
        .requirement(
            "RFC 2131 3.2",
            "If the client's request is invalid (e.g., the client has moved to a new subnet), servers SHOULD respond "
                + "with a DHCPNAK message to the client.",
            differs: [.kea: "stays silent", .isc: "stays silent"]))
    func rebindingElsewhere() throws {
        let client = try Bench.client()
        var request = client.message(.request)
        request.ciaddr = Network.foreign
        let reply = try #require(try client.exchange(request, from: Network.foreign))
        #expect(reply.message.kind == .nak)
    }

    @Test(
        "REBINDING: a lease that this server forgot is taken up again while its address is free",
        .requirement(
            "RFC 2131 4.3.2",
            "A DHCP server MAY extend a client's lease only if it has local administrative authority to do so."))
    func rebindingForgottenLease() throws {
        let client = try Bench.client()
        let forgotten = IPv4Address(10, 50, 2, 170)
        client.configure(forgotten)
        var request = client.message(.request)
        request.ciaddr = forgotten
        let reply = try #require(try client.exchange(request, from: forgotten))
        #expect(reply.message.kind == .ack)
        #expect(reply.message.yiaddr == forgotten)
    }

    // MARK: DHCPNAK

    @Test(
        "a refusal has no address, no lease and no parameters",
        .requirement(
            "RFC 2131 4.3.1, table 3",
            "DHCPNAK: 'ciaddr' 0; 'yiaddr' 0; 'siaddr' 0; IP address lease time MUST NOT; Server identifier "
                + "MUST; All others MUST "
                + "NOT"))
    func refusalIsBare() throws {
        let nak = try #require(try Bench.client().initReboot(Network.foreign)).message
        #expect(nak.ciaddr == .unspecified && nak.yiaddr == .unspecified && nak.siaddr == .unspecified)
        #expect(nak.serverIdentifier == Network.gateway)
        #expect(Set(nak.codes).isSubset(of: [53, 54, 56, 61, 82]))
    }
}
