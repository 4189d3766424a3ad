import Addresses
import TestSupport
import Testing

/// RFC 2131 section 4.3.4: DHCPRELEASE message.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_4_3_4_Release {
    @Test(
        "a released address can go to another client",
        .requirement(
            "RFC 2131 4.3.4",
            "Upon receipt of a DHCPRELEASE message, the server marks the network address as not allocated."))
    func addressIsFree() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        try client.release(lease)
        try client.completeAnotherExchange()
        let offer = try #require(try Bench.client().discover { $0[50] = lease.address.bytes })
        #expect(offer.message.yiaddr == lease.address)
    }

    @Test(
        "a client that comes back gets its old address",
        .requirement(
            "RFC 2131 4.3.4",
            "The server SHOULD retain a record of the client's initialization parameters for possible reuse in "
                + "response to "
                + "subsequent requests from the client.",
            differs: [
                .dnsmasq: .sometimes("keeps no record of a released lease"),
                .kea: "keeps no record of a released lease",
            ]))
    func recordIsRetained() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        try client.release(lease)
        _ = try Bench.client().lease()
        let offer = try #require(try client.discover())
        #expect(offer.message.yiaddr == lease.address)
    }

    @Test(
        "there is no answer to a release",
        .requirement(
            "RFC 2131 4.4.6",
            "The client ... sends a DHCPRELEASE message to the server. Note that the correct operation of DHCP "
                + "does not depend on the transmission of DHCPRELEASE messages."
        ))
    func noAnswer() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        var release = client.message(.release)
        release.ciaddr = lease.address
        release[54] = lease.server.bytes
        let frame = client.frame(release, from: lease.address, to: lease.server)
        #expect(try client.answers(to: release, in: frame).isEmpty)
    }

    @Test(
        "a stranger cannot release somebody's address",
        .requirement(
            "RFC 2131 3.1",
            "The client identifies the lease to be released with its 'client identifier', or 'chaddr' and "
                + "network address in the "
                + "DHCPRELEASE message."))
    func strangersCannotRelease() throws {
        let lease = try Bench.client().lease()
        let stranger = try Bench.client()
        try stranger.release(lease)
        try stranger.completeAnotherExchange()
        let offer = try #require(try Bench.client().discover { $0[50] = lease.address.bytes })
        #expect(offer.message.yiaddr != lease.address)
    }
}
