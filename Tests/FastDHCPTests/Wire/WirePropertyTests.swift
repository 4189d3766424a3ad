import Addresses
import Testing

@testable import FastDHCP

/// Properties over random frames. A failure names its seed.
@Suite("Wire properties")
struct WirePropertyTests {
    @Test("random bytes are never read as a message and never trap", arguments: Seeds.first(10))
    func randomFrames(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 0...1600, using: &numbers)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            for role in [MessageRole.request, .reply] { #expect(read(bytes, as: role).message == nil) }
        }
    }

    @Test(
        "a message with random options is read or dropped because of them, and its getters do not trap",
        arguments: Seeds.first(20))
    func randomOptions(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<300 {
            var frame = WireFrame(options: [53, 1, 1] + randomOptions(count: 400, using: &numbers))
            frame.file = Array(randomOptions(count: 128, using: &numbers).prefix(128))
            frame.sname = Array(randomOptions(count: 64, using: &numbers).prefix(64))
            let reading = read(frame)
            #expect(reading.message != nil || [.bootp, .optionTooLong].contains(reading.reason), "seed \(seed)")
        }
    }

    @Test("a mutated capture is read or dropped, and answered within its limit if read", arguments: Seeds.first(20))
    func mutatedCaptures(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let options = try randomConfiguration(using: &numbers)
        var reply = Reply()
        for _ in 0..<300 {
            var bytes = [Capture.udhcpcDiscover, Capture.dhclientRequest, Capture.dhcpcdDiscover].randomElement(
                using: &numbers)!
            for _ in 0..<Int.random(in: 1...8, using: &numbers) {
                let index =
                    numbers.oneIn(3)
                    ? Int.random(in: 0..<bytes.count, using: &numbers) : Int.random(in: 282..<342, using: &numbers)
                bytes[index] = UInt8.random(in: 0...255, using: &numbers)
            }
            guard
                case .message(let view) = MessageView.parse(
                    bytes.span, as: .request, udpChecksum: .notReady, interface: Capture.server)
            else { continue }
            reply.prepare(answering: view, configured: options)
            reply.leaseSeconds = 60
            let written = WrittenReply(reply, options: options)
            #expect(written.isSound && written.datagramByteCount <= Int(reply.byteLimit), "seed \(seed)")
            #expect(Set(written.codes).isSuperset(of: [53, 54, 51]), "seed \(seed)")
        }
    }

    @Test("a client reads what a server writes", arguments: Seeds.first(50))
    func replyRoundTrip(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let options = try randomConfiguration(using: &numbers)
        let identifier = randomValue(2...30, using: &numbers)
        let relay = randomValue(1...30, using: &numbers)
        var request = WireFrame(options: [53, 1, 1] + option(61, identifier) + option(82, relay) + option(57, [5, 0]))
        request.xid = UInt32(truncatingIfNeeded: numbers.next())
        request.flags = UInt16(truncatingIfNeeded: numbers.next())
        request.giaddr = IPv4Address(rawValue: UInt32(truncatingIfNeeded: numbers.next()))
        let ciaddr = IPv4Address(rawValue: UInt32(truncatingIfNeeded: numbers.next()))
        let yiaddr = IPv4Address(rawValue: UInt32(truncatingIfNeeded: numbers.next()))
        let leaseSeconds = UInt32.random(in: 1 ... .max, using: &numbers)
        let written = answer(request, options: options) { reply in
            reply.messageType = .ack
            reply.ciaddr = ciaddr
            reply.yiaddr = yiaddr
            reply.siaddr = WrittenReply.server.address
            reply.leaseSeconds = leaseSeconds
        }
        let message = try #require(read(written.bytes, as: .reply).message, "seed \(seed)")
        #expect(message.messageType == .ack && message.op == 2)
        #expect(message.xid == request.xid && message.flags == request.flags && message.giaddr == request.giaddr)
        #expect(message.ciaddr == ciaddr && message.yiaddr == yiaddr)
        #expect(message.siaddr == WrittenReply.server.address && message.sourceAddress == message.siaddr)
        #expect(message.chaddr == request.chaddr)
        #expect(message.serverIdentifier == WrittenReply.server.address && message.ipAddressLeaseTime == leaseSeconds)
        #expect(message.clientIdentifier == identifier && message.relayAgentInformation == relay)
    }

    @Test("a reply record and a writer that are used again write the same as new ones", arguments: Seeds.first(50))
    func repetition(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let options = try randomConfiguration(using: &numbers)
        let lists = (0..<3).map { _ in [1, 3, 15] + randomValue(0...40, using: &numbers).map { 120 + $0 % 90 } }
        var writer = ReplyWriter(server: WrittenReply.server, options: options)
        var served = Reply()
        for _ in 0..<100 {
            let request = WireFrame(options: randomRequest(lists, using: &numbers))
            let bytes = request.bytes
            guard
                case .message(let view) = MessageView.parse(
                    bytes.span, as: .request, udpChecksum: .valid, interface: WireFrame.interface)
            else { preconditionFailure("seed \(seed): the request was dropped") }
            var new = Reply()
            new.prepare(answering: view, configured: options)
            served.prepare(answering: view, configured: options)
            let messageType = [MessageType.offer, .ack, .nak].randomElement(using: &numbers)!
            let (leaseSeconds, hasRapidCommit) = (UInt32.random(in: 0...1, using: &numbers), numbers.oneIn(8))
            // T1 differs from client to client.
            let renewalSeconds = leaseSeconds * UInt32.random(in: 1...UInt32.max, using: &numbers)
            func decide(_ reply: inout Reply) {
                reply.messageType = messageType
                reply.leaseSeconds = leaseSeconds
                reply.renewalSeconds = renewalSeconds
                reply.hasRapidCommit = hasRapidCommit
            }
            decide(&new)
            decide(&served)
            var memory = [UInt8](repeating: 0xEE, count: ReplyWriter.frameByteCapacity)
            var frame = memory.mutableSpan
            let byteCount = writer.write(&served, into: &frame)
            #expect(Array(memory.prefix(byteCount)) == WrittenReply(new, options: options).bytes, "seed \(seed)")
        }
    }

    @Test("a server reads what a client writes", arguments: Seeds.first(50))
    func requestRoundTrip(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        func address() -> IPv4Address { IPv4Address(rawValue: UInt32(truncatingIfNeeded: numbers.next())) }
        var request = Request(.request, chaddr: WireFrame.client, xid: UInt32(truncatingIfNeeded: numbers.next()))
        request.ciaddr = address()
        request.giaddr = address()
        request.sourceAddress = address()
        request.destinationAddress = address()
        request.requestedIPAddress = numbers.oneIn(2) ? address() : nil
        request.serverIdentifier = numbers.oneIn(2) ? address() : nil
        request.maximumMessageSize = numbers.oneIn(2) ? UInt16.random(in: 576 ... .max, using: &numbers) : nil
        request.hasRapidCommit = numbers.oneIn(2)
        request.secs = UInt16(truncatingIfNeeded: numbers.next())
        request.flags = UInt16(truncatingIfNeeded: numbers.next())
        request.hops = UInt8(truncatingIfNeeded: numbers.next())
        let identifier = randomValue(2...255, using: &numbers)
        let more = option(61, identifier)
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let byteCount = RequestWriter.write(request, options: more.span, into: &frame)
        let message = try #require(read(Array(memory.prefix(byteCount))).message, "seed \(seed)")
        #expect(message.xid == request.xid && message.secs == request.secs && message.flags == request.flags)
        #expect(message.hops == request.hops && message.ciaddr == request.ciaddr && message.giaddr == request.giaddr)
        #expect(message.sourceAddress == request.sourceAddress)
        #expect(message.destinationAddress == request.destinationAddress)
        #expect(message.requestedIPAddress == request.requestedIPAddress)
        #expect(message.serverIdentifier == request.serverIdentifier)
        #expect(message.maximumMessageSize == request.maximumMessageSize)
        #expect(message.hasRapidCommit == request.hasRapidCommit && message.clientIdentifier == identifier)
    }

    // MARK: Random input

    /// The options of a DISCOVER: mostly one of `lists`, sometimes none or another one, and sometimes a size limit and
    /// an identifier.
    private func randomRequest(_ lists: [[UInt8]], using numbers: inout SeededNumbers) -> [UInt8] {
        var options: [UInt8] = [53, 1, 1]
        if !numbers.oneIn(8) {
            var list = lists.randomElement(using: &numbers)!
            if numbers.oneIn(8) { list[Int.random(in: 0..<list.count, using: &numbers)] = 121 }
            options += option(55, list)
        }
        if numbers.oneIn(2) { options += option(57, [5, 220]) }
        if numbers.oneIn(2) { options += option(61, randomValue(2...255, using: &numbers)) }
        return options
    }

    /// Options that are mostly well-formed, with PAD, END, overload, repeated and overlong ones among them.
    private func randomOptions(count: Int, using numbers: inout SeededNumbers) -> [UInt8] {
        var options: [UInt8] = []
        let codes: [UInt8] = [0, 12, 50, 51, 52, 53, 54, 55, 57, 61, 80, 82, 200, 255]
        while options.count < count {
            switch Int.random(in: 0..<20, using: &numbers) {
            case 0: options.append(0)
            case 1: options.append(255)
            case 2: options += [52, 1, UInt8.random(in: 0...4, using: &numbers)]
            case 3: options += [UInt8.random(in: 0...255, using: &numbers), 255]
            default: options += option(codes.randomElement(using: &numbers)!, randomValue(0...12, using: &numbers))
            }
        }
        return options
    }

    private func randomValue(_ count: ClosedRange<Int>, using numbers: inout SeededNumbers) -> [UInt8] {
        (0..<Int.random(in: count, using: &numbers)).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    }

    private func randomConfiguration(using numbers: inout SeededNumbers) throws -> ConfiguredOptions {
        var options: [(code: OptionCode, value: [UInt8])] = [
            (.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1]),
        ]
        for code in UInt8(130)...200 where numbers.oneIn(4) {
            options.append((OptionCode(rawValue: code), randomValue(0...40, using: &numbers)))
        }
        for code in [OptionCode.domainName, .tftpServerName, .rootPath] where numbers.oneIn(2) {
            options.append((code, randomValue(1...20, using: &numbers)))
        }
        return try ConfiguredOptions(options)
    }
}
