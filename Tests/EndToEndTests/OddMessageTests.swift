import Addresses
import TestSupport
import Testing

/// Messages that look broken but must be served, because some client sends each of them.
@Suite(.needsSandbox, .endsWhenHung)
struct OddMessageTests {
    @Test("an odd DISCOVER gets its OFFER", arguments: OddMessage.all)
    func served(_ odd: OddMessage) throws {
        for shared in [SharedDaemon.atInfo, SharedDaemon.atDebug] {
            let daemon = try shared.get()
            let client = try daemon.newClient()
            var frame = client.frame(odd.message(client.message(.discover)))
            odd.frame(&frame)
            try client.send(frame)
            let xid = UInt32(bigEndian: frame.payload[4..<8])
            let reply = try #require(try client.reply(to: xid, within: client.patience))
            #expect(reply.message.kind == .offer)
            #expect(reply.message.serverIdentifier == daemon.host.gateway)
            #expect(daemon.daemon.process.isRunning)
        }
    }

    @Test("a REQUEST to server 0.0.0.0 counts as one that names no server")
    func serverZero() throws {
        let client = try SharedDaemon.atInfo.get().newClient()
        let offer = try #require(try client.discover())
        let ack = try #require(try client.select(offer) { $0[54] = [0, 0, 0, 0] })
        #expect(ack.message.kind == .ack && ack.message.yiaddr == offer.message.yiaddr)
    }
}

/// A DISCOVER with something odd in it.
struct OddMessage: Sendable, CustomTestStringConvertible {
    let name: String
    let message: @Sendable (DHCPMessage) -> DHCPMessage
    let frame: @Sendable (inout Frame) -> Void

    private init(_ name: String, frame: @escaping @Sendable (inout Frame) -> Void) {
        self.name = name
        self.frame = frame
        message = { $0 }
    }

    private init(_ name: String, message edit: @escaping @Sendable (inout DHCPMessage) -> Void) {
        self.name = name
        frame = { _ in }
        message = {
            var message = $0
            edit(&message)
            return message
        }
    }

    var testDescription: String { name }

    static let all: [OddMessage] = frames + options + overload + names

    private static let frames = [
        OddMessage("a priority tag, VLAN 0", frame: { $0.vlanTags = [0xE000] }),
        OddMessage("no UDP checksum", frame: { $0.udpChecksum = 0 }),
        OddMessage("a source port that is not 68", frame: { $0.sourcePort = 1068 }),
        OddMessage("a message of 244 bytes", frame: { $0.payload = Array($0.payload.prefix(243)) + [255] }),
        OddMessage(
            "a message of 1,472 bytes", frame: { $0.payload += [UInt8](repeating: 0, count: 1472 - $0.payload.count) }),
        OddMessage("ciaddr set") { $0.ciaddr = IPv4Address(172, 20, 0, 9) },
        OddMessage("secs and hops at their most") { ($0.secs, $0.hops) = (.max, .max) },
        OddMessage("reserved flags") { $0.flags = 0x7FFF },
        OddMessage("sname and file full of text") {
            $0.sname = [UInt8](repeating: 0x41, count: 64)
            $0.file = [UInt8](repeating: 0xFF, count: 128)
        },
    ]

    private static let options =
        [
            OddMessage("a client identifier of length 0") { $0[61] = [] },
            OddMessage("a client identifier of 255 bytes") { $0[61] = [UInt8](repeating: 7, count: 255) },
            OddMessage("a parameter request list of 255 bytes") { $0[55] = Array(1...255) },
            OddMessage("an empty parameter request list") { $0[55] = [] },
            OddMessage("a lease time of 0") { $0[51] = [0, 0, 0, 0] },
            OddMessage("a lease time of 0xffffffff") { $0[51] = [255, 255, 255, 255] },
            OddMessage("a lease time of three bytes") { $0[51] = [1, 2, 3] },
            OddMessage("a requested address of one byte") { $0[50] = [10] },
            OddMessage("a maximum message size of one byte") { $0[57] = [5] },
            OddMessage("an option whose length runs past the end") { $0.tail = [12, 200, 0x61] },
            OddMessage("an option code without a length") { $0.tail = [UInt8](repeating: 0, count: 50) + [12] },
            OddMessage("no END") { $0.tail = [] },
            OddMessage("a thousand bytes of padding") { $0.tail = [UInt8](repeating: 0, count: 1000) + [255] },
            OddMessage("one option two hundred times") {
                $0.options += [Option](repeating: Option(60, [0x61]), count: 200)
            },
            OddMessage("a relay agent option without a relay") { $0[82] = [1, 2, 0, 7] },
            OddMessage("rapid commit with a value it cannot have, or an odd subnet selection") { $0[118] = [1] },
        ]
        + [0, 1, 255, 300, 575].map { size in
            OddMessage("a maximum message size of \(size)") { $0[57] = UInt16(size).bigEndianBytes }
        }

    private typealias Option = DHCPMessage.Option

    private static let overload = [
        OddMessage("overload into fields that hold no options") { $0[52] = [3] },
        OddMessage("overload of a value that does not exist") { $0[52] = [255] },
        OddMessage("overload of length 0") { $0[52] = [] },
        OddMessage("overload nested in the overloaded fields") {
            $0[52] = [3]
            $0.file.replaceSubrange(..<4, with: [52, 1, 3, 255])
            $0.sname.replaceSubrange(..<4, with: [52, 1, 3, 255])
        },
        OddMessage("overload repeated") { $0.options += [Option(52, [1]), Option(52, [2])] },
        OddMessage("an overloaded field whose option runs past its end") {
            $0[52] = [1]
            $0.file.replaceSubrange(126..., with: [12, 200])
        },
        OddMessage("overloaded fields without END") {
            $0[52] = [3]
            $0.file = [UInt8](repeating: 0, count: 128)
            $0.sname = [UInt8](repeating: 0, count: 64)
        },
    ]

    private static let names = [
        OddMessage("a host name that is not UTF-8") { $0[12] = [0xC3, 0x28, 0xFF, 0xFE] },
        OddMessage("a host name of zero bytes") { $0[12] = [0, 0, 0] },
        OddMessage("a host name with control characters") { $0[12] = Array("a\u{1B}[2J\r\n".utf8) },
        OddMessage("a domain search list that points to itself") { $0[119] = [0xC0, 0x00] },
        OddMessage("a label above 63 bytes") { $0[119] = [200, 0x61] + [UInt8](repeating: 0x61, count: 60) },
        OddMessage("a qualified name that is cut off") { $0[81] = [1, 0, 0, 63, 0x61] },
    ]
}
