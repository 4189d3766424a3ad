import Addresses
import TestSupport
import Testing

/// RFC 2131 section 4.3.1: DHCPDISCOVER message.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_4_3_1_Discover {
    private static let choice = "an address ... SHOULD be chosen as follows: "

    @Test(
        "the current address comes first",
        .requirement(
            "RFC 2131 4.3.1", choice + "The client's current address as recorded in the client's current binding",
            differs: [.isc: "prefers the requested address"]))
    func currentAddressFirst() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let offer = try #require(try client.discover { $0[50] = Network.pool.upperBound.bytes })
        #expect(offer.message.yiaddr == lease.address)
    }

    @Test(
        "the previous address comes second",
        .requirement(
            "RFC 2131 4.3.1",
            choice + "The client's previous address as recorded in the client's (now expired or released) binding",
            differs: [
                .dnsmasq: "keeps no record of a released lease", .kea: "keeps no record of a released lease",
                .isc: "prefers the requested address",
            ]))
    func previousAddressSecond() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        try client.release(lease)
        try client.completeAnotherExchange()
        let offer = try #require(try client.discover { $0[50] = Network.pool.upperBound.bytes })
        #expect(offer.message.yiaddr == lease.address)
    }

    @Test(
        "a requested address that is free comes third",
        .requirement(
            "RFC 2131 4.3.1",
            choice
                + "The address requested in the 'Requested IP Address' option, if that address is valid and not "
                + "already "
                + "allocated"))
    func requestedAddressThird() throws {
        let wanted = IPv4Address(10, 50, 2, 222)
        let offer = try #require(try Bench.client().discover { $0[50] = wanted.bytes })
        #expect(offer.message.yiaddr == wanted)
    }

    @Test(
        "a requested address that is taken, or not of the pool, is replaced by a new one",
        .requirement(
            "RFC 2131 4.3.1", choice + "A new address allocated from the server's pool of available addresses"),
        arguments: [Wish.taken, .outsidePool, .foreign, .gateway, .zero, .broadcast])
    func otherwiseANewAddress(_ wish: Wish) throws {
        let wanted = try wish.address()
        let offer = try #require(try Bench.client().discover { $0[50] = wanted.bytes })
        #expect(offer.message.yiaddr != wanted)
        #expect(Network.pool.contains(offer.message.yiaddr))
    }

    /// Addresses that a client may ask for in vain.
    enum Wish: Sendable {
        case taken, outsidePool, foreign, gateway, zero, broadcast

        func address() throws -> IPv4Address {
            switch self {
            case .taken: try Bench.client().lease().address
            case .outsidePool: Bench.addressOutsidePool()
            case .foreign: Network.foreign
            case .gateway: Network.gateway
            case .zero: .unspecified
            case .broadcast: Network.subnet.broadcastAddress
            }
        }
    }

    @Test(
        "an offer has a lease time, a server identifier and its type",
        .requirement(
            "RFC 2131 4.3.1, table 3", "IP address lease time MUST; DHCP message type DHCPOFFER; Server identifier MUST"
        ))
    func mandatoryOptions() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = nil }).message
        #expect(offer.kind == .offer)
        #expect(offer.leaseSeconds == Network.leaseSeconds)
        #expect(offer.serverIdentifier == Network.gateway)
    }

    @Test(
        "an offer does not echo what only clients send",
        .requirement(
            "RFC 2131 4.3.1, table 3",
            "Requested IP address MUST NOT; Parameter request list MUST NOT; Maximum message size MUST NOT"))
    func forbiddenOptions() throws {
        let offer = try #require(
            try Bench.client().discover {
                $0[50] = Network.pool.upperBound.bytes
                $0[57] = [5, 220]
            })
        #expect(Set(offer.message.codes).isDisjoint(with: [50, 55, 57]))
    }

    @Test(
        "each option is sent once",
        .requirement(
            "RFC 2131 4.3.1", "The server MUST include each requested parameter only once unless explicitly allowed"))
    func optionsAreUnique() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = [1, 3, 6, 1, 3, 6, 51, 54, 51, 54, 53] })
        #expect(Set(offer.message.codes).count == offer.message.codes.count)
    }

    @Test(
        "requested parameters that are configured are sent",
        .requirement(
            "RFC 2131 4.3.1",
            "IF the server has been explicitly configured with a default value for the parameter, the server "
                + "MUST include that "
                + "value in an appropriate option"))
    func requestedParameters() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = [1, 3, 6] }).message
        #expect(offer.address(1) == Network.subnet.netmask)
        #expect(offer.addresses(3) == [Network.gateway])
        #expect(offer.addresses(6) == Network.dns)
    }

    @Test(
        "parameters that the server does not know are left out",
        .requirement("RFC 2131 4.3.1", "The server ... MUST omit any parameters it cannot provide."))
    func unknownParametersAreOmitted() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = [1, 3, 43, 66, 67, 224, 252] })
        #expect(Set(offer.message.codes).isDisjoint(with: [43, 66, 67, 224, 252]))
    }

    @Test(
        "T1 and T2 are ordered within the lease",
        .requirement(
            "RFC 2131 4.4.5",
            "T1 MUST be earlier than T2, which, in turn, MUST be earlier than the time at which the client's "
                + "lease will expire.",
            differs: [.isc: "sends neither unless configured"]))
    func timersAreOrdered() throws {
        let offer = try #require(try Bench.client().discover()).message
        let (t1, t2) = (try #require(offer.number(58)), try #require(offer.number(59)))
        #expect(0 < t1 && t1 < t2 && t2 < Network.leaseSeconds)
    }

    @Test(
        "a DISCOVER with ciaddr set is served all the same",
        .requirement(
            "RFC 2131 4.3.1",
            "When a server receives a DHCPDISCOVER message from a client, the server chooses a network address"))
    func discoverWithAddress() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let offer = try #require(try client.discover { $0.ciaddr = lease.address })
        #expect(offer.message.kind == .offer)
        #expect(offer.message.yiaddr == lease.address)
    }
}
