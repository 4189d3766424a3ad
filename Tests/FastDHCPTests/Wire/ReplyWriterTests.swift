import Addresses
import Testing

@testable import FastDHCP

@Suite("Writing replies")
struct ReplyWriterTests {
    private static func network(_ more: [(code: OptionCode, value: [UInt8])] = []) throws -> ConfiguredOptions {
        try ConfiguredOptions(
            [
                (.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1]),
                (.domainNameServer, [8, 8, 8, 8, 1, 1, 1, 1]),
            ] + more)
    }

    private static func discover(_ options: [UInt8] = []) -> WireFrame {
        WireFrame(options: [53, 1, 1] + options + [255])
    }

    // MARK: Fixed fields

    @Test("every field of a reply is in its own place")
    func fields() throws {
        let reply = answer(Self.discover(), options: try Self.network()) { reply in
            reply.messageType = .ack
            reply.ethernetDestination = MACAddress(2, 4, 6, 8, 10, 12)
            reply.destinationAddress = IPv4Address(31, 32, 33, 34)
            reply.destinationPort = 0x2526
            reply.xid = 0x2F30_3132
            reply.flags = 0x3536
            reply.ciaddr = IPv4Address(55, 56, 57, 58)
            reply.yiaddr = IPv4Address(59, 60, 61, 62)
            reply.siaddr = IPv4Address(63, 64, 65, 66)
            reply.giaddr = IPv4Address(67, 68, 69, 70)
            reply.chaddr = MACAddress(72, 73, 74, 75, 76, 77)
        }
        #expect(reply[0..<6] == [2, 4, 6, 8, 10, 12])
        #expect(reply[6..<12] == bigEndian(WireFrame.interface))
        #expect(reply[12..<16] == [0x08, 0x00, 0x45, 0x00])
        #expect(reply[18..<24] == [0, 0, 0x40, 0, 64, 17], "id 0, do not fragment, 64 hops, UDP")
        #expect(reply[26..<34] == [10, 0, 0, 1, 31, 32, 33, 34])
        #expect(reply[34..<38] == [0, 67, 0x25, 0x26])
        #expect(reply[42..<46] == [2, 1, 6, 0], "op, htype, hlen, hops")
        #expect(reply[46..<50] == [0x2F, 0x30, 0x31, 0x32])
        #expect(reply[50..<54] == [0, 0, 0x35, 0x36], "secs, flags")
        #expect(reply[54..<70] == Array(55...70))
        #expect(reply[70..<76] == Array(72...77))
        #expect(reply[76..<278] == [UInt8](repeating: 0, count: 202), "the rest of chaddr, sname and file")
        #expect(reply[278..<282] == [0x63, 0x82, 0x53, 0x63])
        #expect(reply.isSound)
    }

    @Test("a reply copies xid, flags and giaddr from the request, but not hops, secs or ciaddr")
    func copiedBack() throws {
        var request = Self.discover()
        request.xid = 0xDEAD_BEEF
        request.flags = 0x8000
        request.giaddr = IPv4Address(10, 0, 0, 200)
        request.hops = 3
        request.secs = 77
        request.ciaddr = IPv4Address(10, 0, 0, 9)
        let reply = answer(request, options: try Self.network())
        #expect(reply[46..<54] == [0xDE, 0xAD, 0xBE, 0xEF, 0, 0, 0x80, 0])
        #expect(reply[54..<66] == [UInt8](repeating: 0, count: 12), "ciaddr, yiaddr and siaddr are the caller's")
        #expect(reply[66..<70] == [10, 0, 0, 200])
        #expect(reply[45..<46] == [0])
    }

    @Test("without a destination address, a reply goes to yiaddr")
    func destination() throws {
        let reply = answer(Self.discover(), options: try Self.network()) { reply in
            reply.destinationAddress = .unspecified
            reply.yiaddr = IPv4Address(10, 0, 0, 7)
        }
        #expect(reply[30..<34] == [10, 0, 0, 7])
        #expect(reply.isSound)
    }

    @Test("a reply is padded with zeros to a BOOTP message of 300 bytes")
    func padding() throws {
        let reply = answer(Self.discover(), options: try Self.network())
        #expect(reply.bytes.count == 14 + 20 + 8 + 300)
        let end = try #require(reply.bytes.lastIndex(of: 255))
        #expect(reply.bytes[(end + 1)...].allSatisfy { $0 == 0 })
    }

    @Test("a UDP checksum that comes out as 0 is sent as 0xffff", arguments: 0..<8)
    func zeroChecksum(parity: UInt32) throws {
        let options = try Self.network()
        let first = answer(Self.discover(), options: options) { $0.xid = parity << 16 }
        // The low half of xid, now 0, is one of the 16-bit words of the sum. With the checksum in it, the sum is
        // complete.
        let checksum = UInt32(first.bytes[40]) << 8 | UInt32(first.bytes[41])
        let second = answer(Self.discover(), options: options) { $0.xid = parity << 16 | checksum }
        #expect(second[40..<42] == [0xFF, 0xFF])
    }

    // MARK: Options

    @Test(
        "the message type is first, then the requested options in order, but the mask before the router, then the rest"
    )
    func order() throws {
        let options = try Self.network([
            (.domainName, [0x61]), (.interfaceMTU, [5, 220]), (.ntpServers, [1, 2, 3, 4]),
        ])
        let asked = answer(Self.discover(option(55, [26, 6, 15, 99, 3, 59, 54, 26, 12])), options: options) { reply in
            (reply.leaseSeconds, reply.renewalSeconds, reply.rebindingSeconds) = (3600, 1800, 3150)
        }
        #expect(asked.codes == [53, 26, 6, 15, 1, 3, 59, 54, 51, 58])
        let unasked = answer(Self.discover(), options: options) { reply in
            (reply.leaseSeconds, reply.renewalSeconds, reply.rebindingSeconds) = (3600, 1800, 3150)
        }
        #expect(unasked.codes == [53, 54, 51, 58, 59, 1, 3, 6])
        #expect(unasked[54] == [10, 0, 0, 1])
        #expect(unasked[51] == [0, 0, 0x0E, 0x10])
        #expect(unasked[58] == [0, 0, 0x07, 0x08])
        #expect(unasked[59] == [0, 0, 0x0C, 0x4E])
        #expect(unasked[6] == [8, 8, 8, 8, 1, 1, 1, 1])
    }

    @Test("a server without options sends its identifier and the lease time")
    func noOptions() throws {
        let reply = answer(Self.discover(option(55, [1, 3, 6, 15])), options: try ConfiguredOptions([]))
        #expect(reply.codes == [53, 54, 51])
    }

    @Test("an infinite lease is sent as 0xffffffff")
    func infinity() throws {
        let reply = answer(Self.discover(), options: try Self.network()) { $0.leaseSeconds = .max }
        #expect(reply[51] == [255, 255, 255, 255])
        #expect(reply[58] == nil)
    }

    @Test("an ACK to an INFORM has no lease times, even if asked for")
    func inform() throws {
        let request = WireFrame(options: [53, 1, 8] + option(55, [51, 58, 59, 1]))
        let reply = answer(request, options: try Self.network()) { $0.messageType = .ack }
        #expect(reply.codes == [53, 1, 54, 3, 6])
    }

    @Test("a NAK has the message type, the server, and what is echoed")
    func nak() throws {
        let request = WireFrame(
            options: [53, 1, 3] + option(55, [1, 3, 6]) + option(61, [1, 2, 3]) + option(82, [9, 1, 7]))
        let reply = answer(request, options: try Self.network()) { reply in
            reply.messageType = .nak
            reply.leaseSeconds = 3600
            reply.hasRapidCommit = true
        }
        #expect(reply.codes == [53, 54, 61, 82])
        #expect(reply[53] == [6])
        #expect(reply.isSound)
    }

    @Test("rapid commit is sent when the reply commits, not when it was asked for")
    func rapidCommit() throws {
        let options = try Self.network()
        #expect(answer(Self.discover([80, 0]), options: options)[80] == nil)
        let reply = answer(Self.discover(), options: options) { reply in
            reply.messageType = .ack
            reply.hasRapidCommit = true
            reply.leaseSeconds = 60
        }
        #expect(reply[80] == [])
        #expect(reply.codes == [53, 54, 51, 1, 3, 6, 80])
    }

    @Test(
        "the client identifier is echoed, and the relay's option is last",
        arguments: [2, 3, 5, 6, 7, 8, 13, 14, 15, 100, 255])
    func echoes(count: Int) throws {
        let identifier = (0..<count).map { UInt8(truncatingIfNeeded: $0 + 1) }
        let relay = (0..<count).map { UInt8(truncatingIfNeeded: 255 - $0) }
        let size = option(57, [5, 220])
        let request = Self.discover(option(82, relay) + size + option(61, identifier) + option(55, [61, 82, 1]))
        let reply = answer(request, options: try Self.network())
        #expect(reply.codes == [53, 1, 54, 51, 3, 6, 61, 82])
        #expect(reply[61] == identifier)
        #expect(reply[82] == relay)
        #expect(reply.isSound)
    }

    @Test("a split client identifier is echoed whole")
    func splitEcho() throws {
        let parts = option(61, Array(1...5)) + option(82, [7]) + option(61, Array(6...20)) + option(82, [8, 9])
        let reply = answer(Self.discover(parts), options: try Self.network())
        #expect(reply[61] == Array(1...20))
        #expect(reply[82] == [7, 8, 9])
    }

    @Test("a reply record that is used again keeps nothing of the last request")
    func reuse() throws {
        let options = try Self.network([(.domainName, [0x61])])
        var reply = Reply()
        for request in [
            Self.discover(option(61, Array(1...200)) + option(55, [15, 6]) + option(57, [5, 220])), Self.discover(),
        ] {
            let bytes = request.bytes
            guard
                case .message(let view) = MessageView.parse(
                    bytes.span, as: .request, udpChecksum: .valid, interface: WireFrame.interface)
            else { preconditionFailure("the request was dropped") }
            reply.prepare(answering: view, configured: options)
        }
        #expect(WrittenReply(reply, options: options).codes == [53, 54, 1, 3, 6])
        #expect(reply.byteLimit == 576)
    }

    // MARK: Limits

    @Test("a request list of 255 codes, one of them repeated, is answered with each option once")
    func longRequestList() throws {
        let all = (1...254).map { UInt8($0) }
        let more = [224, 225, 226].map { (OptionCode(rawValue: $0), [$0]) }
        let reply = answer(
            Self.discover(option(55, all) + option(55, [1])) /* 255 in all */, options: try Self.network(more))
        #expect(reply.codes == [53, 1, 3, 6, 51, 54, 224, 225, 226])
    }

    @Test("of the requested options that the server has, 64 are sent, and then only required ones")
    func wishCapacity() throws {
        let codes = (130...219).map { UInt8($0) }
        let options = try Self.network(codes.map { (OptionCode(rawValue: $0), [7]) })
        let reply = answer(Self.discover(option(55, codes) + option(57, [5, 220])), options: options)
        #expect(reply.codes == [53] + codes.prefix(64) + [54, 51, 1, 3, 6])
    }

    @Test(
        "the maximum message size is respected, whatever it is, and all required options are there",
        arguments: Seeds.first(1))
    func everySize(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let codes = (130...189).map { UInt8($0) }
        let more = codes.map { code in
            (OptionCode(rawValue: code), (0..<Int.random(in: 0...60, using: &numbers)).map { UInt8($0) })
        }
        let options = try Self.network(more)
        let echo = option(61, [UInt8](repeating: 1, count: Int.random(in: 2...100, using: &numbers)))
        for size in UInt16(0)...1600 {
            let request = Self.discover(option(57, bigEndian(size)) + option(55, codes) + echo + option(82, [1, 2, 3]))
            let reply = answer(request, options: options) { reply in
                (reply.leaseSeconds, reply.renewalSeconds, reply.rebindingSeconds) = (1, 2, 3)
                reply.hasRapidCommit = true
            }
            let limit = min(max(Int(size), 576), 1500)
            #expect(reply.datagramByteCount <= limit)
            #expect(Set(reply.codes).isSuperset(of: [53, 54, 51, 58, 59, 1, 3, 6, 80, 61, 82]))
            #expect(reply.isSound)
            // Nothing that would have fitted is left out.
            let spare = [reply.overloaded.file, reply.overloaded.sname].map { field in
                (field ?? []).reduce(0) { $0 + $1.value.count + 2 }
            }
            let rooms = [limit - reply.datagramByteCount - (reply[52] == nil ? 3 : 0), 127 - spare[0], 63 - spare[1]]
            let room = rooms.reduce(0) { $0 + max($1 - 2, 0) }
            for (code, value) in more where reply.instances(of: code.rawValue).isEmpty {
                #expect(value.count > room || value.isEmpty)
            }
        }
    }

    @Test("on a link with a small MTU, replies fit in it, whatever the client accepts", arguments: [584, 1000, 1460])
    func smallMTU(mtu: Int) throws {
        let codes = (130...189).map { UInt8($0) }
        let options = try Self.network(codes.map { (OptionCode(rawValue: $0), [UInt8](repeating: 7, count: 17)) })
        let request = Self.discover(option(57, bigEndian(UInt16(1500))) + option(55, codes))
        let reply = answer(request, options: options, frameByteCapacity: mtu + 14) { reply in reply.leaseSeconds = 3600
        }
        #expect(reply.datagramByteCount <= mtu && reply.datagramByteCount > mtu - 30)
        #expect(reply.isSound)
    }

    @Test("a reply that fills an Ethernet frame to the last byte ends within it, however much memory there is")
    func fullFrame() throws {
        let request = Self.discover(option(57, bigEndian(UInt16(1500))) + option(55, [224, 225]))
        var longest = 0
        for size in 480...620 {
            let options = try Self.network(
                [(224, 600), (225, size)].map { (OptionCode(rawValue: $0.0), [UInt8](repeating: 7, count: $0.1)) })
            let reply = answer(request, options: options, frameByteCapacity: 2016)
            #expect(reply.datagramByteCount <= 1500 && reply.isSound)
            longest = max(longest, reply.datagramByteCount)
        }
        #expect(longest == 1500)
    }

    @Test("an option that does not fit is skipped, and smaller ones behind it are sent")
    func skip() throws {
        let long = (OptionCode(rawValue: 224), [UInt8](repeating: 1, count: 600))
        let options = try Self.network([long, (OptionCode(rawValue: 225), [2]), (.domainName, [0x61])])
        let reply = answer(Self.discover(option(55, [225, 224, 15])), options: options)
        #expect(reply.codes == [53, 225, 15, 54, 51, 1, 3, 6])
        #expect(reply.omittedOption == 224)
    }

    @Test("when echoes are too large, required options come first, then the relay's, then the client identifier")
    func hugeEchoes() throws {
        let huge = [UInt8](repeating: 3, count: 255)
        let options = try Self.network([(.domainName, [0x61])])
        let both = answer(Self.discover(option(61, huge) + option(82, huge) + option(55, [15])), options: options)
        #expect(both.codes == [53, 54, 51, 1, 3, 6, 52, 82] && both.instances(of: 15) == [[0x61]])
        #expect(both.omittedOption == 61)
        #expect(both.datagramByteCount <= 576)
        #expect(both.isSound)
        let one = answer(Self.discover(option(61, huge) + option(55, [15])), options: options)
        #expect(one.codes == [53, 15, 54, 51, 1, 3, 6, 61])
    }

    @Test("the longest options 1, 3 and 6 that a server may have fit in the shortest reply with other required ones")
    func longestRequired() throws {
        let options = try ConfiguredOptions([
            (.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1]),
            (.domainNameServer, [UInt8](repeating: 8, count: 4 * 65)),
        ])
        #expect(options.requiredByteCount == 276)
        let reply = answer(Self.discover(), options: options) { reply in
            (reply.leaseSeconds, reply.renewalSeconds, reply.rebindingSeconds) = (1, 2, 3)
            reply.hasRapidCommit = true
        }
        #expect(reply.codes == [53, 54, 51, 58, 59, 1, 3, 6, 6, 80])
        #expect(reply.datagramByteCount == 574)
    }

    @Test("a reply record is small enough to wait in a queue, and holds no reference")
    func size() {
        #expect(MemoryLayout<Reply>.size <= 800)
        #expect(_isPOD(Reply.self))
    }

    @Test("memory that is too short for a frame ends the process")
    func shortMemory() async {
        await #expect(processExitsWith: .failure) {
            var memory = [UInt8](repeating: 0, count: ReplyWriter.smallestFrameByteCapacity - 1)
            var frame = memory.mutableSpan
            let options = try ConfiguredOptions([])
            _ = ReplyWriter.write(Reply(), server: WrittenReply.server, options: options, into: &frame)
        }
    }
}
