import Addresses
import FastDHCP
import Testing

@Suite("Fields of a frame")
struct MessageViewTests {
    /// A frame in which every byte that the format leaves free is its own position, counted from 1, so that a wrong
    /// offset shows.
    private static var counting: [UInt8] {
        var bytes = (1...300).map { UInt8(truncatingIfNeeded: $0) }
        let valid = WireFrame().bytes
        // EtherType to IPv4 header checksum, UDP destination port to hlen, and the magic cookie with the options must
        // be valid.
        bytes = Array(bytes.prefix(286))
        for range in [12..<26, 36..<45, 278..<286] { bytes.replaceSubrange(range, with: valid[range]) }
        // Even first bytes: neither source nor chaddr may be a group address.
        bytes[6] = 0x08
        bytes[70] = 0x48
        bytes.replaceSubrange(24..<26, with: [0, 0])
        bytes.replaceSubrange(24..<26, with: bigEndian(~onesComplementSum(Array(bytes[14..<34]))))
        return bytes
    }

    @Test("every field of the counting frame is read from its own offset")
    func counting() throws {
        let frame = Self.counting
        let message = try #require(
            read(frame, udpChecksum: .notReady, interface: MACAddress(1, 2, 3, 4, 5, 6)).message)
        #expect(message.ethernetDestination == MACAddress(1, 2, 3, 4, 5, 6))
        #expect(message.ethernetSource == MACAddress(8, 8, 9, 10, 11, 12))
        #expect(message.sourceAddress == IPv4Address(27, 28, 29, 30))
        #expect(message.destinationAddress == IPv4Address(31, 32, 33, 34))
        #expect(message.sourcePort == 35 << 8 | 36)
        #expect(message.destinationPort == 67)
        #expect(message.op == 1)
        #expect(message.hops == 46)
        #expect(message.xid == 47 << 24 | 48 << 16 | 49 << 8 | 50)
        #expect(message.secs == 51 << 8 | 52)
        #expect(message.flags == 53 << 8 | 54)
        #expect(message.ciaddr == IPv4Address(55, 56, 57, 58))
        #expect(message.yiaddr == IPv4Address(59, 60, 61, 62))
        #expect(message.siaddr == IPv4Address(63, 64, 65, 66))
        #expect(message.giaddr == IPv4Address(67, 68, 69, 70))
        #expect(message.chaddr == MACAddress(72, 72, 73, 74, 75, 76))
        #expect(message.messageType == .discover)
    }

    @Test("the broadcast flag is bit 15 of flags, and no other bit", arguments: 0..<16)
    func broadcastFlag(bit: UInt16) throws {
        var frame = WireFrame()
        frame.flags = 1 << bit
        let message = try #require(read(frame).message)
        #expect(message.isBroadcastFlagSet == (bit == 15))
        #expect(message.flags == 1 << bit)
    }

    @Test("sname and file are not read without an overload")
    func unusedFields() throws {
        var frame = WireFrame()
        frame.sname = [53, 1, 7, 255]
        frame.file = [53, 1, 4, 255]
        #expect(read(frame).message?.messageType == .discover)
    }
}
