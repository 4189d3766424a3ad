import Addresses
import FastDHCP
import Testing

/// Bugs that other servers had, as far as they show in one frame. Each test is named after the lesson.
@Suite("Lessons of other servers, on the wire")
struct WireLessonsTests {
    // MARK: Only servers that read raw frames meet these

    @Test(
        "UDP length 0 to 7, too small, too large, beyond the IP length", arguments: Array(0...400) + [65535])
    func udpLength(length: Int) {
        var frame = WireFrame()
        frame.udpLength = length
        let truth = frame.bytes.count - 34
        #expect(read(frame).reason == (length == truth ? nil : .udpLength))
    }

    @Test("IP total length above or below the frame", arguments: Array(0...400) + [65535])
    func ipTotalLength(length: Int) {
        var frame = WireFrame()
        frame.totalLength = length
        let truth = frame.bytes.count - 14
        #expect(read(frame).reason == (length == truth ? nil : .ipTotalLength))
    }

    @Test("bytes behind the datagram make the IP total length wrong", arguments: [1, 4, 18, 1000])
    func trailer(count: Int) {
        #expect(read(WireFrame().bytes + [UInt8](repeating: 0, count: count)).reason == .ipTotalLength)
    }

    @Test("header length 0 to 4", arguments: UInt8(0)...4)
    func ipHeaderLength(words: UInt8) {
        var frame = WireFrame()
        frame.versionAndHeaderLength = 0x40 | words
        #expect(read(frame).reason == .ipHeaderLength)
    }

    @Test("IP options and source routes", arguments: UInt8(6)...15)
    func ipOptions(words: UInt8) {
        var frame = WireFrame()
        frame.versionAndHeaderLength = 0x40 | words
        #expect(read(frame).reason == .ipOptions)
    }

    @Test("a bad UDP checksum is dropped")
    func badUDPChecksum() {
        let bytes = WireFrame().bytes
        for index in 26..<bytes.count where !(34..<42).contains(index) {
            var damaged = bytes
            damaged[index] ^= 0x10
            // The IPv4 header checksum covers the addresses as well, and it is checked first.
            #expect(read(damaged).reason == (index < 34 ? .ipChecksum : .udpChecksum))
        }
    }

    @Test("a UDP checksum of 0 is valid")
    func noUDPChecksum() {
        var frame = WireFrame()
        frame.udpChecksum = 0
        #expect(read(frame).message != nil)
        #expect(read(Capture.dhcpcdRelease, interface: Capture.server).message?.messageType == .release)
    }

    @Test(
        "a UDP checksum that the kernel marks as not ready is valid, and one that it has verified is not verified again"
    )
    func unfinishedUDPChecksum() {
        let renewal = Capture.udhcpcRenew
        #expect(read(renewal, interface: Capture.server).reason == .udpChecksum)
        #expect(read(renewal, udpChecksum: .notReady, interface: Capture.server).message != nil)
        var frame = WireFrame()
        frame.udpChecksum = 0x1234
        #expect(read(frame).reason == .udpChecksum)
        #expect(read(frame.bytes, udpChecksum: .notReady).message != nil)
        #expect(read(frame.bytes, udpChecksum: .valid).message != nil)
    }

    @Test("all fragments are dropped, a lone first one too")
    func fragments() {
        for bit in 0..<14 {
            var frame = WireFrame()
            frame.flagsAndFragmentOffset = 1 << bit
            #expect(read(frame).reason == .fragment)
        }
        var frame = WireFrame()
        frame.flagsAndFragmentOffset = 0x4000
        #expect(read(frame).message != nil, "do not fragment is no fragment")
    }

    @Test("an op other than 1 is never answered", arguments: UInt8.min...UInt8.max)
    func op(op: UInt8) {
        var frame = WireFrame()
        frame.op = op
        #expect(read(frame).reason == (op == 1 ? nil : .op))
    }

    // MARK: From CVEs and bug lists

    @Test("a client identifier of length 0 or 1, which RFC 2132 does not allow, counts as absent")
    func emptyClientIdentifier() throws {
        for value in [[], [1]] as [[UInt8]] {
            let message = try #require(read(options: [53, 1, 1] + option(61, value) + [255]))
            #expect(message.clientIdentifier == nil)
            #expect(message.options[61] == nil)
        }
    }

    @Test("options of length 0 do not stop the walk", arguments: UInt8(1)...254)
    func emptyOptions(code: UInt8) {
        let options = option(code, []) + (code == 53 ? [] : [53, 1, 1]) + option(200, [7])
        #expect(read(options: options)?.options[200] == (code == 53 ? nil : [7]))
    }

    @Test("option 57 below 576 is clamped", arguments: [0, 1, 255, 256, 575, 576, 577, 1500, 65535])
    func smallMessageSize(size: UInt16) {
        #expect(read(options: [53, 1, 1] + option(57, bigEndian(size)))?.maximumMessageSize == max(size, 576))
    }

    @Test("an option whose length does not suit its type counts as absent")
    func wrongLength() throws {
        for count in 0...8 {
            let value = [UInt8](repeating: 1, count: count)
            var options: [UInt8] = [53, 1, 1]
            for code in [50, 51, 54, 57, 80] as [UInt8] { options += option(code, value) }
            let message = try #require(read(options: options))
            #expect((message.requestedIPAddress != nil) == (count == 4))
            #expect((message.ipAddressLeaseTime != nil) == (count == 4))
            #expect((message.serverIdentifier != nil) == (count == 4))
            #expect((message.maximumMessageSize != nil) == (count == 2))
            #expect(message.hasRapidCommit == (count == 0))
        }
    }

    @Test("BOOTP, which has no option 53, is dropped")
    func bootp() {
        #expect(read(WireFrame(options: [])).reason == .bootp)
        #expect(read(WireFrame(options: [255])).reason == .bootp)
        #expect(read(WireFrame(options: [0, 0, 0, 255, 53, 1, 1])).reason == .bootp)
        #expect(read(WireFrame(options: [53, 0, 255])).reason == .bootp)
        #expect(read(WireFrame(options: [53, 2, 1, 1, 255])).reason == .bootp)
    }

    @Test(
        "LEASEQUERY, FORCERENEW, replies and message types out of range are dropped",
        arguments: UInt8.min...UInt8.max)
    func messageType(type: UInt8) {
        let isRequest = [1, 3, 4, 7, 8].contains(type)
        #expect(read(WireFrame(options: [53, 1, type, 255])).reason == (isRequest ? nil : .messageType))
        var reply = WireFrame(options: [53, 1, type, 255])
        reply.op = 2
        #expect(read(reply, as: .reply).reason == ([2, 5, 6].contains(type) ? nil : .messageType))
    }

    @Test("a lease time of 0xffffffff is a number like any other")
    func infinity() {
        #expect(read(options: [53, 1, 1] + option(51, [255, 255, 255, 255]))?.ipAddressLeaseTime == .max)
    }
}
