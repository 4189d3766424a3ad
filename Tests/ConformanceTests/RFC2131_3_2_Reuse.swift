import Addresses
import TestSupport
import Testing

/// RFC 2131 section 3.2: reusing a previously allocated network address.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_3_2_Reuse {
    @Test(
        "a client that reboots has its lease confirmed in one exchange",
        .requirement(
            "RFC 2131 3.2",
            "Servers with knowledge of the client's configuration parameters respond with a DHCPACK message"))
    func rebootIsConfirmed() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let reply = try #require(try client.initReboot(lease.address))
        #expect(reply.message.kind == .ack)
        #expect(reply.message.yiaddr == lease.address)
        #expect(reply.message.leaseSeconds != nil)
    }

    @Test(
        "a client that moved here from another network is refused",
        .requirement(
            "RFC 2131 3.2",
            "If the client's request is invalid (e.g., the client has moved to a new subnet), servers SHOULD "
                + "respond with a DHCPNAK message to the client."))
    func movedClientIsRefused() throws {
        let reply = try #require(try Bench.client().initReboot(Network.foreign))
        #expect(reply.message.kind == .nak)
    }

    @Test(
        "a client that slept keeps its address across a new discovery",
        .requirement(
            "RFC 2131 2.2",
            "The allocation mechanism ... attempts to return the same network address each time the client "
                + "requests an address."
        ))
    func addressIsSticky() throws {
        let client = try Bench.client()
        let first = try client.lease()
        #expect(try client.lease().address == first.address)
    }
}
