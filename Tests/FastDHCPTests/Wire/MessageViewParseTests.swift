import Addresses
import FastDHCP
import Testing

@Suite("Which frames are messages")
struct MessageViewParseTests {
    @Test("the frame that the other tests change is a message")
    func valid() { #expect(read(WireFrame()).message?.messageType == .discover) }

    // MARK: Ethernet

    @Test("a frame to another station is dropped")
    func otherHost() {
        var frame = WireFrame()
        frame.ethernetDestination = MACAddress(2, 0xFF, 0, 0, 0, 2)
        #expect(read(frame).reason == .otherHost)
        // DHCPv4 uses no multicast group.
        frame.ethernetDestination = MACAddress(1, 0, 0x5E, 0, 0, 1)
        #expect(read(frame).reason == .otherHost)
    }

    @Test("a frame to this interface alone is accepted, whatever its IP destination")
    func unicast() {
        var frame = WireFrame()
        frame.ethernetDestination = WireFrame.interface
        frame.destinationAddress = IPv4Address(10, 0, 0, 1)
        #expect(read(frame).message?.destinationAddress == IPv4Address(10, 0, 0, 1))
    }

    @Test("a frame from this interface's own address is dropped")
    func ownFrame() {
        var frame = WireFrame()
        frame.ethernetSource = WireFrame.interface
        #expect(read(frame).reason == .ownFrame)
    }

    @Test(
        "a frame from a group address is dropped",
        arguments: [MACAddress.broadcast, MACAddress(1, 0, 0, 0, 0, 1)])
    func multicastSource(source: MACAddress) {
        var frame = WireFrame()
        frame.ethernetSource = source
        #expect(read(frame).reason == .multicastSource)
    }

    @Test("a frame that still has its VLAN tag is dropped", arguments: [UInt16(0x8100), 0x88A8])
    func vlanTag(etherType: UInt16) {
        var frame = WireFrame()
        frame.etherType = etherType
        #expect(read(frame).reason == .vlanTagged)
    }

    @Test(
        "a frame is dropped if its EtherType or its IP version is not that of IPv4",
        arguments: [UInt16(0x0806), 0x86DD, 0, 0xFFFF])
    func notIPv4(etherType: UInt16) {
        var frame = WireFrame()
        frame.etherType = etherType
        #expect(read(frame).reason == .notIPv4)
        frame.etherType = 0x0800
        frame.versionAndHeaderLength = 0x65
        #expect(read(frame).reason == .notIPv4)
    }

    // MARK: IPv4 and UDP, apart from WireLessonsTests

    @Test("only UDP is read", arguments: [UInt8(0), 1, 6, 16, 18, 255])
    func notUDP(transportProtocol: UInt8) {
        var frame = WireFrame()
        frame.transportProtocol = transportProtocol
        #expect(read(frame).reason == .notUDP)
    }

    @Test("a wrong IPv4 header checksum is dropped, whichever bit is wrong", arguments: 0..<16)
    func ipChecksum(bit: Int) {
        var bytes = WireFrame().bytes
        bytes[24 + bit / 8] ^= 1 << (bit % 8)
        #expect(read(bytes).reason == .ipChecksum)
    }

    @Test("a server reads requests to port 67 only, from any source port")
    func requestPorts() {
        for port in [UInt16(0), 66, 68, 69, 6700, 0x4300, .max] {
            var frame = WireFrame()
            frame.destinationPort = port
            #expect(read(frame).reason == .port)
        }
        for port in [UInt16(0), 1, 67, 68, 40000, .max] {
            var frame = WireFrame()
            frame.sourcePort = port
            #expect(read(frame).message?.sourcePort == port)
        }
    }

    @Test("a client reads replies to ports 67 and 68, whatever their Ethernet destination")
    func replies() {
        var frame = WireFrame(options: [53, 1, 2, 255])
        frame.op = 2
        frame.ethernetDestination = MACAddress(2, 0, 0, 0, 9, 9)
        for port in [UInt16(67), 68] {
            frame.destinationPort = port
            #expect(read(frame, as: .reply).message?.messageType == .offer)
        }
        frame.destinationPort = 69
        #expect(read(frame, as: .reply).reason == .port)
    }

    // MARK: BOOTP

    @Test("another hardware type or address length is dropped")
    func hardwareType() {
        for htype in UInt8.min...UInt8.max where htype != 1 {
            var frame = WireFrame()
            frame.htype = htype
            #expect(read(frame).reason == .hardwareType)
        }
        for hlen in UInt8.min...UInt8.max where hlen != 6 {
            var frame = WireFrame()
            frame.hlen = hlen
            #expect(read(frame).reason == .hardwareType)
        }
    }

    @Test(
        "a chaddr that no interface can have is dropped",
        arguments: [MACAddress.zero, .broadcast, MACAddress(1, 0, 0, 0, 0, 0)])
    func chaddr(chaddr: MACAddress) {
        var frame = WireFrame()
        frame.chaddr = chaddr
        #expect(read(frame).reason == .chaddr)
    }

    @Test("a message without the magic cookie is dropped", arguments: 0..<32)
    func magicCookie(bit: UInt32) {
        var frame = WireFrame()
        frame.magicCookie ^= 1 << bit
        #expect(read(frame).reason == .magicCookie)
    }

    @Test("a message that ends behind its options is read, even if it has less than 300 bytes")
    func short() { #expect(WireFrame().bytes.count == 286 && read(WireFrame()).message != nil) }

    @Test("the longest datagram of all is read")
    func longest() {
        let frame = WireFrame(options: [53, 1, 1] + [UInt8](repeating: 0, count: 65535 - 20 - 8 - 240 - 3))
        #expect(frame.bytes.count == 14 + 65535)
        #expect(read(frame).message?.messageType == .discover)
    }

    // MARK: Truncation

    @Test("a frame cut anywhere is dropped: too short, or shorter than its IPv4 header says")
    func truncation() {
        for frame in [WireFrame().bytes, Capture.udhcpcDiscover, Capture.dhcpcdDiscover] {
            for count in 0..<frame.count {
                #expect(read(Array(frame.prefix(count))).reason == (count < 282 ? .tooShort : .ipTotalLength))
            }
        }
    }

    @Test("a message cut anywhere, in a frame whose lengths agree, has only the options before the cut")
    func truncatedMessage() {
        let options: [UInt8] = [53, 1, 1] + option(50, [10, 0, 0, 7]) + option(12, Array("vm-1".utf8))
        for count in 0...options.count {
            let reading = read(WireFrame(options: Array(options.prefix(count))))
            if count < 3 {
                #expect(reading.reason == .bootp)
            } else {
                #expect(reading.message?.requestedIPAddress == (count < 9 ? nil : IPv4Address(10, 0, 0, 7)))
                #expect(reading.message?.hostName == (count < 15 ? nil : Array("vm-1".utf8)))
            }
        }
    }
}
