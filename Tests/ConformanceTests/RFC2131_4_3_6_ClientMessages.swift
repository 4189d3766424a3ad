import Addresses
import TestSupport
import Testing

/// RFC 2131 section 4.3.6, table 4: client messages from different states.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_4_3_6_ClientMessages {
    @Test(
        "a REQUEST that names no address at all is not answered with a lease",
        .requirement(
            "RFC 2131 4.3.6, table 4",
            "requested-ip MUST (INIT-REBOOT, SELECTING); ciaddr IP address (RENEWING, REBINDING)",
            differs: [.kea: "assigns an address"]))
    func requestWithoutAddress() throws {
        let client = try Bench.client()
        let replies = try client.answers(to: client.message(.request))
        #expect(!replies.contains { $0.message.kind == .ack })
    }

    @Test(
        "INIT-REBOOT is told from SELECTING by its missing server identifier",
        .requirement(
            "RFC 2131 4.3.6, table 4", "server-ip MUST NOT (INIT-REBOOT), MUST (SELECTING)",
            differs: [
                .dnsmasq: "acknowledges an unknown INIT-REBOOT", .kea: "refuses an unknown INIT-REBOOT",
                .isc: "refuses an unknown INIT-REBOOT",
            ]))
    func rebootDiffersFromSelecting() throws {
        let address = IPv4Address(10, 50, 2, 160)
        let client = try Bench.client()
        #expect(try client.answers(to: client.rebooting(address)).isEmpty)
        var selecting = client.rebooting(address)
        selecting.xid &+= 1
        selecting[54] = Network.gateway.bytes
        #expect(try #require(try client.exchange(selecting)).message.kind == .ack)
    }

    @Test(
        "RENEWING is told from SELECTING by ciaddr",
        .requirement("RFC 2131 4.3.6, table 4", "ciaddr zero (SELECTING), IP address (RENEWING, REBINDING)"))
    func renewingDiffersFromSelecting() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let ack = try #require(try client.renew(lease)).message
        #expect(ack.ciaddr == lease.address)
        #expect(lease.ack.message.ciaddr == .unspecified)
    }

    @Test(
        "a client that restarts discovery while bound keeps its address",
        .requirement("RFC 2131 4.4, figure 5", "DHCPNAK, Lease expired / Halt network: INIT"))
    func discoveryWhileBound() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let offer = try #require(try client.discover())
        #expect(offer.message.yiaddr == lease.address)
        #expect(try #require(try client.rebind(lease)).message.kind == .ack)
    }
}
