import Addresses
import FastDHCP
import Testing

@Suite("Writing requests")
struct RequestWriterTests {
    private func write(_ request: Request, options: [UInt8] = []) -> [UInt8] {
        var memory = [UInt8](repeating: 0xEE, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let byteCount = RequestWriter.write(request, options: options.span, into: &frame)
        return Array(memory.prefix(byteCount))
    }

    @Test("a request becomes the frame that its fields describe, byte by byte")
    func frame() throws {
        var request = Request(.request, chaddr: MACAddress(2, 4, 6, 8, 10, 12), xid: 0xDEAD_BEEF)
        request.ethernetSource = MACAddress(2, 1, 1, 1, 1, 1)
        request.ethernetDestination = WireFrame.interface
        request.sourceAddress = IPv4Address(10, 0, 0, 7)
        request.destinationAddress = IPv4Address(10, 0, 0, 1)
        request.sourcePort = 67
        request.hops = 4
        request.secs = 0x0102
        request.flags = 0x8000
        request.ciaddr = IPv4Address(10, 0, 0, 8)
        request.giaddr = IPv4Address(10, 0, 0, 9)
        request.requestedIPAddress = IPv4Address(10, 0, 0, 10)
        request.serverIdentifier = IPv4Address(10, 0, 0, 1)
        request.maximumMessageSize = 1472
        request.hasRapidCommit = true
        let options: [UInt8] = [
            53, 1, 3, 50, 4, 10, 0, 0, 10, 54, 4, 10, 0, 0, 1, 57, 2, 5, 0xC0, 80, 0, 55, 2, 1, 3, 255,
        ]
        var expected = WireFrame(options: padded(options, to: 60))
        expected.chaddr = request.chaddr
        expected.xid = request.xid
        expected.ethernetSource = request.ethernetSource
        expected.ethernetDestination = request.ethernetDestination
        expected.sourceAddress = request.sourceAddress
        expected.destinationAddress = request.destinationAddress
        expected.sourcePort = 67
        expected.hops = 4
        expected.secs = 0x0102
        expected.flags = 0x8000
        expected.ciaddr = request.ciaddr
        expected.giaddr = request.giaddr
        var bytes = expected.bytes
        // The writer sets its own identification and flags, so the header checksum differs too.
        bytes.replaceSubrange(18..<22, with: [0, 0, 0x40, 0])
        bytes.replaceSubrange(24..<26, with: [0, 0])
        bytes.replaceSubrange(24..<26, with: bigEndian(~onesComplementSum(Array(bytes[14..<34]))))
        #expect(write(request, options: [55, 2, 1, 3]) == bytes)
    }

    @Test(
        "every message of a client is read as it was written",
        arguments: [MessageType.discover, .request, .decline, .release, .inform])
    func types(type: MessageType) throws {
        let message = try #require(read(write(Request(type, chaddr: WireFrame.client, xid: 7))).message)
        #expect(message.messageType == type)
        #expect(message.chaddr == WireFrame.client && message.ethernetSource == WireFrame.client)
        #expect(message.ethernetDestination == .broadcast && message.destinationAddress == .broadcast)
        #expect(message.sourcePort == 68 && message.destinationPort == 67 && message.xid == 7)
        #expect(message.requestedIPAddress == nil && message.serverIdentifier == nil && !message.hasRapidCommit)
    }

    @Test("further options are sent unchanged, at any length up to the capacity")
    func moreOptions() throws {
        for count in Array(0...300) + [1199, 1200] {
            let options = (0..<count).map { _ in UInt8(0) }
            let bytes = write(Request(.discover, chaddr: WireFrame.client, xid: 1), options: options)
            #expect(bytes.count == max(14 + 20 + 8 + 300, 282 + 3 + count + 1))
            #expect(read(bytes).message?.messageType == .discover)
        }
    }
}
