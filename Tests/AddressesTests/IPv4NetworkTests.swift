import Addresses
import Testing

@Suite("IPv4 networks")
struct IPv4NetworkTests {
    @Test("every prefix length reads back as it was printed", arguments: 0...32)
    func roundTrip(prefixLength: Int) {
        let network = IPv4Network(containing: IPv4Address(172, 20, 100, 77), prefixLength: prefixLength)
        #expect(IPv4Network(network.description) == network)
        #expect(network.contains(IPv4Address(172, 20, 100, 77)))
        #expect(network.contains(network.address) && network.contains(network.broadcastAddress))
        #expect(network.netmask.rawValue.leadingZeroBitCount == (prefixLength == 0 ? 32 : 0))
        #expect(network.netmask.rawValue.nonzeroBitCount == prefixLength)
    }

    @Test(
        "host bits and bad prefixes are refused",
        arguments: [
            "10.0.0.1/24", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0", "/24", "10.0.0.0/-1", "10.0.0.0/024", "10.0.0/24",
        ])
    func refused(text: String) {
        #expect(IPv4Network(text) == nil)
    }

    @Test("the addresses next to a network are not in it")
    func edges() throws {
        let network = try #require(IPv4Network("172.20.100.0/24"))
        #expect(!network.contains(IPv4Address(172, 20, 99, 255)))
        #expect(!network.contains(IPv4Address(172, 20, 101, 0)))
        #expect(network.broadcastAddress == IPv4Address(172, 20, 100, 255))
    }

    @Test(
        "hosts leave out the first and the last address, except where there are no others (RFC 3021)",
        arguments: [(24, 254), (30, 2), (31, 2), (32, 1), (0, (1 << 32) - 2)])
    func hosts(prefixLength: Int, count: Int) {
        let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: prefixLength)
        #expect(network.hosts.count == count)
        let inset: UInt32 = prefixLength < 31 ? 1 : 0
        #expect(network.hosts.first?.rawValue == network.address.rawValue + inset)
        #expect(network.hosts.last?.rawValue == network.broadcastAddress.rawValue - inset)
    }

    @Test("networks overlap when one holds the other")
    func overlap() throws {
        let wide = try #require(IPv4Network("10.0.0.0/8"))
        let narrow = try #require(IPv4Network("10.1.2.0/24"))
        let other = try #require(IPv4Network("10.1.3.0/24"))
        #expect(wide.overlaps(narrow) && narrow.overlaps(wide))
        #expect(!narrow.overlaps(other))
    }
}
