import Addresses
import Testing

@Suite("The text forms of addresses")
struct AddressTextTests {
    @Test(
        "an IPv4 address reads back as it was printed",
        arguments: [0, 1, 0x0A00_0001, 0x7FFF_FFFF, 0xAC14_64FE, UInt32.max])
    func ipv4RoundTrip(rawValue: UInt32) {
        let address = IPv4Address(rawValue: rawValue)
        #expect(IPv4Address(address.description) == address)
    }

    @Test(
        "text that is not dotted decimal is refused",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.0.0.1", "01.2.3.4", "1.2.3.04",
            "1.2.3.4 ", "+1.2.3.4",
            "a.b.c.d", "1.2.3.1000", "٠.1.2.3",
        ])
    func ipv4Refused(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test("bytes are in wire order")
    func bytes() {
        let address = IPv4Address(1, 2, 3, 4)
        #expect(address.rawValue == 0x0102_0304)
        #expect((0..<4).map { address[byte: $0] } == [1, 2, 3, 4])
        let client = MACAddress(1, 2, 3, 4, 5, 6)
        #expect(client.rawValue == 0x0102_0304_0506)
        #expect((0..<6).map { client[byte: $0] } == [1, 2, 3, 4, 5, 6])
    }

    @Test("a MAC address reads in either case and with either separator, and prints in lower case with colons")
    func macRoundTrip() {
        let client = MACAddress(0x52, 0x54, 0, 0xAB, 0xCD, 0xEF)
        #expect(client.description == "52:54:00:ab:cd:ef")
        #expect(MACAddress("52:54:00:AB:CD:ef") == client)
        #expect(MACAddress("52-54-00-ab-cd-ef") == client)
    }

    @Test(
        "text that is not a MAC address is refused",
        arguments: [
            "", "52:54:00:ab:cd", "52:54:00:ab:cd:ef:01", "52:54:00:ab:cd:eg", "52-54:00:ab:cd:ef", "5254.00ab.cdef",
            "52:54:00:ab:cd:e",
            "52 54 00 ab cd ef",
        ])
    func macRefused(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test("the group bit marks a multicast address")
    func multicast() {
        #expect(MACAddress.broadcast.isMulticast)
        #expect(MACAddress(1, 0, 0x5E, 0, 0, 1).isMulticast)
        #expect(!MACAddress(2, 0, 0, 0, 0, 1).isMulticast)
    }
}
