import Addresses
import TestSupport
import Testing

/// RFC 2132: DHCP options and BOOTP vendor extensions.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2132_Options {
    @Test(
        "options come in the order in which the client lists them",
        .requirement(
            "RFC 2132 9.8",
            "The DHCP server is not required to return the options in the requested order, but MUST try to "
                + "insert the requested "
                + "options in the order requested by the client.",
            differs: [.dnsmasq: "keeps an order of its own", .kea: "sorts them by code"]))
    func requestedOrder() throws {
        for list in [[1, 3, 6], [6, 1, 3], [1, 6, 3]] as [[UInt8]] {
            let offer = try #require(try Bench.client().discover { $0[55] = list }).message
            #expect(offer.codes.filter(list.contains) == list)
        }
    }

    @Test(
        "the subnet mask stands before the router",
        .requirement(
            "RFC 2132 3.3",
            "If both the subnet mask and the router option are specified in a DHCP reply, the subnet mask option "
                + "MUST be first."
        ))
    func maskBeforeRouter() throws {
        let codes = try #require(try Bench.client().discover { $0[55] = [3, 6, 1] }).message.codes
        let (mask, router) = (try #require(codes.firstIndex(of: 1)), try #require(codes.firstIndex(of: 3)))
        #expect(mask < router)
    }

    @Test(
        "a reply fits in the size that the client states",
        .requirement(
            "RFC 2132 9.10", "This option specifies the maximum length DHCP message that it is willing to accept.",
            differs: [.kea: "ignores the message"]))
    func maximumMessageSize() throws {
        let offer = try #require(
            try Bench.client().discover {
                $0[57] = UInt16(576).bigEndianBytes
                $0[61] = [0] + [UInt8](repeating: 0x61, count: 254)
            })
        #expect(offer.frame.payload.count + 28 <= 576)
    }

    @Test(
        "a size below the minimum counts as the minimum",
        .requirement("RFC 2132 9.10", "The minimum legal value is 576 octets."),
        arguments: [0, 1, 200, 575] as [UInt16])
    func sizeBelowMinimum(_ size: UInt16) throws {
        let offer = try #require(try Bench.client().discover { $0[57] = size.bigEndianBytes })
        #expect(offer.message.kind == .offer)
        #expect(offer.message.addresses(6) == Network.dns)
    }

    @Test(
        "a requested address of another length counts as none",
        .requirement(
            "RFC 2132 9.1", "The code for this option is 50, and its length is 4.",
            differs: [.kea: .sometimes("ignores the message")]),
        arguments: [[], [10], [10, 50, 2], [10, 50, 2, 9, 0]] as [[UInt8]])
    func requestedAddressLength(_ value: [UInt8]) throws {
        let offer = try #require(try Bench.client().discover { $0[50] = value })
        #expect(Network.pool.contains(offer.message.yiaddr))
    }

    @Test(
        "an empty client identifier does no harm",
        .requirement(
            "RFC 2132 9.14", "The code for this option is 61, and its minimum length is 2.",
            differs: [.kea: "ignores the message", .isc: "ignores the message"]))
    func emptyClientIdentifier() throws {
        let first = try Bench.client().lease { $0[61] = [] }
        let second = try Bench.client().lease { $0[61] = [] }
        #expect(first.address != second.address)
    }

    @Test(
        "padding between options is skipped",
        .requirement(
            "RFC 2132 3.1", "The pad option can be used to cause subsequent fields to align on word boundaries."))
    func padding() throws {
        let client = try Bench.client()
        var discover = client.message(.discover)
        discover.options = [.init(53, [1])]
        discover.tail = [0, 0, 0, 0, 0, 55, 2, 6, 3, 0, 255]
        let offer = try #require(try client.exchange(discover)).message
        #expect(offer.addresses(6) == Network.dns && offer.addresses(3) == [Network.gateway])
    }

    @Test(
        "what follows END is not read",
        .requirement("RFC 2132 3.2", "The end option marks the end of valid information in the vendor field."))
    func afterEnd() throws {
        let client = try Bench.client()
        var discover = client.message(.discover)
        discover.tail = [255, 53, 1, 3, 50, 4, 10, 50, 0, 9]
        #expect(try #require(try client.exchange(discover)).message.kind == .offer)
    }
}
