import Addresses
import Testing

@testable import FastDHCP

@Suite("Replies whose options do not fit into the options field")
struct OverloadTests {
    private static func network(_ more: [(code: OptionCode, value: [UInt8])]) throws -> ConfiguredOptions {
        try ConfiguredOptions(
            [
                (.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1]),
                (.domainNameServer, [8, 8, 8, 8, 1, 1, 1, 1]),
            ] + more)
    }

    private static func discover(_ options: [UInt8] = []) -> WireFrame {
        WireFrame(options: [53, 1, 1] + options + [255])
    }

    private static func routes(_ count: Int) -> [[UInt8]] {
        (0..<count).map { [24, 10, 1, UInt8($0), 10, 0, 0, 1] } + [[0, 10, 0, 0, 1]]
    }

    private static let text = Array("a text of an operator, as long as it may be in a reply of 576 bytes".utf8)

    private static func options(routeCount: Int = 33) throws -> ConfiguredOptions {
        try network([(.classlessStaticRoute, routes(routeCount).flatMap { $0 }), (OptionCode(rawValue: 224), text)])
    }

    private func answer(_ options: ConfiguredOptions, _ request: [UInt8]) -> WrittenReply {
        FastDHCPTests.answer(Self.discover(request), options: options) { reply in
            (reply.leaseSeconds, reply.renewalSeconds, reply.rebindingSeconds) = (3600, 1800, 3150)
        }
    }

    @Test("33 routes and a text reach a client that takes 576 bytes, in the options field, file and sname")
    func routes() throws {
        let reply = answer(try Self.options(), option(55, [1, 3, 6, 121, 249, 224]) + option(61, Array(1...19)))
        #expect(reply.datagramByteCount <= 576 && reply.isSound && reply.omittedOption == nil)
        #expect(reply.instances(of: 121).flatMap { $0 } == Self.routes(33).flatMap { $0 })
        #expect(reply.instances(of: 224) == [Self.text], "whole")
        #expect(Set(reply.codes).isSuperset(of: [53, 54, 51, 58, 59, 1, 3, 6, 61]), "in the options field")
        #expect(reply[52] == [3] && reply.overloaded.file != nil && reply.overloaded.sname != nil, "both end with END")
        #expect(reply.instances(of: 249).isEmpty, "the same routes once more")
        // systemd-networkd reads each instance by itself.
        for instance in reply.instances(of: 121).dropLast() { #expect(instance.count % 8 == 0) }
        let message = try #require(read(reply.bytes, as: .reply).message)
        #expect(message.messageType == .offer)
    }

    @Test("a client that accepts more gets all of it in the options field")
    func largerMessages() throws {
        let reply = answer(try Self.options(), option(55, [121, 224, 249]) + option(57, bigEndian(UInt16(1500))))
        #expect(reply[52] == nil && reply[86..<278].allSatisfy { $0 == 0 } && reply.omittedOption == nil)
        for code: UInt8 in [121, 249] {
            #expect(reply.instances(of: code).flatMap { $0 } == Self.routes(33).flatMap { $0 })
        }
    }

    @Test(
        "firmware, which sends option 93, gets no options in file or sname", arguments: [[0, 0], [0, 7], [0, 16]])
    func firmware(architecture: [UInt8]) throws {
        let reply = answer(try Self.options(), option(55, [121, 224]) + option(93, architecture))
        #expect(reply[52] == nil && reply[86..<278].allSatisfy { $0 == 0 })
        #expect(reply.instances(of: 121).isEmpty && reply.instances(of: 224) == [Self.text])
        #expect(reply[3] == [10, 0, 0, 1] && reply.omittedOption == 121)
    }

    @Test("an option that fits nowhere is left out and named, and the router stays")
    func tooMuch() throws {
        let reply = answer(try Self.options(routeCount: 70), option(55, [121, 224]))
        #expect(reply.omittedOption == 121 && reply.instances(of: 121).isEmpty)
        #expect(reply.instances(of: 224) == [Self.text] && reply[3] == [10, 0, 0, 1] && reply[52] == nil)
    }

    @Test("the name of a boot file stays in file")
    func bootFile() throws {
        let boot = try BootAnswer(nextServer: nil, file: Array("undionly.kpxe".utf8))
        let profile = ClientProfile(options: try Self.options(routeCount: 28)) { _ in boot }
        let policy = ClientPolicy(times: LeaseTimes(leaseSeconds: 3600), everyone: profile)
        let bytes = Self.discover(option(55, [121, 224])).bytes
        var reply = Reply()
        switch MessageView.parse(bytes.span, as: .request, udpChecksum: .valid, interface: WireFrame.interface) {
        case .message(let view): reply.prepare(answering: view, policy)
        case .dropped(let reason): Issue.record("dropped: \(reason)")
        }
        var memory = [UInt8](repeating: 0xEE, count: ReplyWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        var writer = PolicyReplyWriter(server: WrittenReply.server, policies: PolicyVersions(policy))
        let byteCount = writer.write(&reply, into: &frame)
        let written = WrittenReply(bytes: Array(memory.prefix(byteCount)))
        #expect(written[52] == [2] && written[150..<163] == Array("undionly.kpxe".utf8) && written.isSound)
        #expect(written[163..<278].allSatisfy { $0 == 0 })
        #expect(written.instances(of: 121).flatMap { $0 } == Self.routes(28).flatMap { $0 })
    }

    @Test("an option arrives whole or not at all, whatever the options and the room", arguments: Seeds.first(30))
    func random(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<100 {
            var values: [UInt8: [UInt8]] = [:]
            for code in UInt8(200)...UInt8(212) where numbers.oneIn(2) {
                let count = Int.random(in: 0...(numbers.oneIn(3) ? 300 : 60), using: &numbers)
                values[code] = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            }
            values[42] = [UInt8](repeating: 9, count: 4 * Int.random(in: 1...20, using: &numbers))
            values[121] = Self.routes(Int.random(in: 0...60, using: &numbers)).flatMap { $0 }
            let options = try Self.network(values.map { (OptionCode(rawValue: $0.key), $0.value) })
            let codes = values.keys.shuffled(using: &numbers)
            let identifier = option(61, [UInt8](repeating: 1, count: Int.random(in: 2...120, using: &numbers)))
            let reply = answer(options, option(55, codes) + identifier)
            #expect(reply.datagramByteCount <= 576 && reply.isSound, "seed \(seed)")
            #expect(reply.overloaded.file != nil && reply.overloaded.sname != nil, "seed \(seed)")
            var hasOmission = false
            for (code, value) in values {
                let instances = reply.instances(of: code)
                #expect(instances.isEmpty || instances.flatMap { $0 } == value, "seed \(seed), option \(code)")
                hasOmission = hasOmission || instances.isEmpty
            }
            #expect(hasOmission == (reply.omittedOption != nil), "seed \(seed)")
            #expect(Set(reply.codes).isSuperset(of: [53, 54, 51, 58, 59, 1, 3, 6, 61]), "seed \(seed)")
        }
    }

    @Test("the options that have no room in the smallest reply are known beforehand")
    func withoutRoom() throws {
        func missing(_ options: ConfiguredOptions) -> [UInt8] {
            ClientProfile(options: options).optionsWithoutRoom.map(\.rawValue)
        }
        #expect(missing(try Self.options()) == [])
        #expect(missing(try Self.options(routeCount: 70)) == [121])
        #expect(missing(try Self.network([(OptionCode(rawValue: 224), [UInt8](repeating: 1, count: 600))])) == [224])
    }
}
