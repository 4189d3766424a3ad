import Addresses
import Netlink
import NetlinkTestSupport
import Testing

@Suite("Address messages")
struct AddressMessageTests {
    @Test("an address is read as ip addr shows it")
    func decode() {
        let permanent: UInt32 = 0x80
        let address = AddressMessage(
            interfaceIndex: 2, address: IPv4Address(10, 0, 0, 1), prefixLength: 24, label: "cni0",
            flags: permanent)
        #expect(replies(in: Captures.address) == [address])
        #expect(address.network == IPv4Network("10.0.0.0/24"))
    }

    @Test("any address decodes to what was encoded")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<5_000 {
            let address = AddressMessage(
                interfaceIndex: .random(in: 0...(.max), using: &generator),
                address: .random(using: &generator),
                prefixLength: .random(in: 0...32, using: &generator), peer: .random(using: &generator),
                broadcast: .random(using: &generator),
                label: ["cni0", "eth0:1", nil].randomElement(using: &generator)!,
                scope: RouteScope(rawValue: .random(in: 0...(.max), using: &generator)),
                flags: .random(in: 0...1023, using: &generator))
            let message = try #require(encoded(.newAddress, address))
            #expect(replies(in: message) == [address])
        }
    }
}
