import Netlink
import Testing

@Suite("Walking messages and attributes")
struct MessageReaderTests {
    @Test("a datagram's messages come out in order, each with its own payload")
    func order() {
        let walk = MessageWalk(Captures.routes)
        #expect(walk.headers.map(\.type) == [.newRoute, .newRoute, .done])
        #expect(walk.payloads.map(\.count) == [44, 36, 4])
        #expect(!walk.isMalformed)
    }

    @Test("the header's fields are read from their places")
    func header() {
        let walk = MessageWalk(bytes("14000000 1234 5678 9abcdef0 01020304 00000000"))
        #expect(
            walk.headers == [
                MessageHeader(
                    messageByteCount: 20, type: NetlinkMessageType(rawValue: 0x3412),
                    flags: MessageFlags(rawValue: 0x7856), sequence: 0xF0DE_BC9A, portID: 0x0403_0201)
            ])
    }

    @Test(
        "a length that the datagram cannot hold ends the walk",
        arguments: [
            "10", "0f000000 0000 0000 00000000 00000000", "00000000 0000 0000 00000000 00000000",
            "11000000 0000 0000 00000000 00000000", "ffffffff 0000 0000 00000000 00000000",
        ])
    func badLength(text: String) {
        let walk = MessageWalk(bytes(text))
        #expect(walk.headers.isEmpty)
        #expect(walk.isMalformed)
    }

    @Test("an empty datagram has no messages and is not malformed")
    func empty() {
        let walk = MessageWalk([])
        #expect(walk.headers.isEmpty)
        #expect(!walk.isMalformed)
    }

    @Test("a last message without its padding is read")
    func missingPadding() {
        let walk = MessageWalk(bytes("11000000 0200 0000 00000000 00000000 ff"))
        #expect(walk.payloads == [[0xFF]])
        #expect(!walk.isMalformed)
    }

    @Test("attributes of unknown type are returned and do not disturb the others")
    func unknownAttributes() {
        let walk = AttributeWalk(bytes("0500 ff3f aa000000 0800 0400 02000000 0400 0100"))
        #expect(walk.types == [0x3FFF, 4, 1])
        #expect(walk.values == [[0xAA], [2, 0, 0, 0], []])
        #expect(!walk.isMalformed)
    }

    @Test("the flags for nesting and byte order are not part of an attribute's type")
    func typeFlags() {
        #expect(AttributeWalk(bytes("0400 1280 0400 1240 0400 12c0")).types == [0x12, 0x12, 0x12])
    }

    @Test(
        "an attribute length that does not fit ends the walk",
        arguments: ["04", "0400 01", "0300 0100", "0000 0000", "0900 0100 00000000", "ffff 0100 00000000"])
    func badAttributeLength(text: String) {
        let walk = AttributeWalk(bytes(text))
        #expect(walk.types.isEmpty)
        #expect(walk.isMalformed)
    }

    @Test("a value that is too short, or does not have the size of an address, reads as absent")
    func valueSizes() {
        let run = bytes("0700 0100 010203 00")
        var attributes = AttributeReader(run.span)
        guard let attribute = attributes.next() else {
            Issue.record("no attribute was read")
            return
        }
        let (number8, number16, number32) = (attribute.number8, attribute.number16, attribute.number32)
        let (ipv4Address, macAddress) = (attribute.ipv4Address, attribute.macAddress)
        #expect(number8 == 1)
        #expect(number16 == 0x0201)
        #expect(number32 == nil)
        #expect(ipv4Address == nil)
        #expect(macAddress == nil)
    }

    @Test("text ends at its zero byte or at the end of the value, and must be UTF-8")
    func text() {
        func text(_ hexadecimal: String) -> String? {
            let run = bytes(hexadecimal)
            var attributes = AttributeReader(run.span)
            return attributes.next()?.text
        }
        #expect(text("0900 0300 636e6930 00 000000") == "cni0")
        #expect(text("0800 0300 636e6930") == "cni0")
        #expect(text("0400 0300") == "")
        #expect(text("0600 0300 ff00 0000") == nil)
    }
}

/// All messages of a datagram, as copies: a test cannot keep a message that is borrowed.
private struct MessageWalk {
    var headers: [MessageHeader] = []
    var payloads: [[UInt8]] = []
    var isMalformed = false

    init(_ datagram: [UInt8]) {
        var messages = MessageReader(datagram.span)
        while let message = messages.next() {
            headers.append(message.header)
            payloads.append(Array(message.payload))
        }
        isMalformed = messages.isMalformed
    }
}

/// All attributes in a run of bytes, as copies for the same reason.
private struct AttributeWalk {
    var types: [UInt16] = []
    var values: [[UInt8]] = []
    var isMalformed = false

    init(_ run: [UInt8]) {
        var attributes = AttributeReader(run.span)
        while let attribute = attributes.next() {
            types.append(attribute.type)
            values.append(Array(attribute.value))
        }
        isMalformed = attributes.isMalformed
    }
}
