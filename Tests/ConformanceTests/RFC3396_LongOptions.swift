import Addresses
import TestSupport
import Testing

/// RFC 3396: encoding long options in DHCPv4.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC3396_LongOptions {
    private static let sentence =
        "DHCP protocol agents MUST use this method whenever they receive a DHCP packet containing more than one "
        + "occurrence of a "
        + "certain type of option."

    @Test(
        "a parameter request list in two parts is one list",
        .requirement(
            "RFC 3396 1", sentence,
            differs: [.dnsmasq: "reads the first part only"]))
    func splitRequestList() throws {
        let offer = try #require(
            try Bench.client().discover {
                $0[55] = nil
                $0.options += [.init(55, [6]), .init(12, [0x76, 0x6D]), .init(55, [1, 3])]
            })
        #expect(Set(offer.message.codes).isSuperset(of: [6, 1, 3]))
    }

    @Test(
        "an address in two parts is one address",
        .requirement(
            "RFC 3396 1", sentence,
            differs: [.dnsmasq: "reads the first part only", .kea: "ignores the message"]))
    func splitAddress() throws {
        let wanted = IPv4Address(10, 50, 2, 150)
        let offer = try #require(
            try Bench.client().discover { $0.options += [.init(50, [10, 50]), .init(50, [2, 150])] })
        #expect(offer.message.yiaddr == wanted)
    }

    @Test(
        "a client identifier in two parts is echoed whole",
        .requirement(
            "RFC 3396 1", sentence,
            differs: [.dnsmasq: "echoes none"]))
    func splitClientIdentifier() throws {
        let (first, second): ([UInt8], [UInt8]) = ([0, 1, 2, 3], [4, 5, 6])
        let offer = try #require(try Bench.client().discover { $0.options += [.init(61, first), .init(61, second)] })
        #expect(offer.message[61] == first + second)
    }
}
