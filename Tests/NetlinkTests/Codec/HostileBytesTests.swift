import Addresses
import Netlink
import NetlinkTestSupport
import Testing

@Suite("Hostile bytes")
struct HostileBytesTests {
    /// Reads each message of a datagram as every type of message.
    private func readEverything(_ datagram: [UInt8]) {
        var messages = MessageReader(datagram.span)
        while let message = messages.next() {
            _ = Acknowledgement(message)
            _ = LinkMessage(message)
            _ = AddressMessage(message)
            _ = RouteMessage(message)
            _ = NeighbourMessage(message)
            _ = SettingsMessage(message)
            _ = RouteNetlinkNotification(message)
        }
    }

    private static let captures = [
        Captures.addRouteRequest, Captures.routes, Captures.deleteRouteRequest, Captures.noSuchRoute,
        Captures.addNeighbourRequest, Captures.neighbours, Captures.address, Captures.forwardingEntries,
        Captures.bridgePort, Captures.mtuTooSmall, Captures.mtuTooSmallCapped,
    ]

    @Test("a capture cut off at any byte is read without a trap", arguments: captures)
    func truncated(capture: [UInt8]) {
        for byteCount in 0...capture.count { readEverything(Array(capture.prefix(byteCount))) }
    }

    @Test("a message that ends at any byte, as its length field says, is read without a trap", arguments: captures)
    func shortened(capture: [UInt8]) {
        for byteCount in 16...min(capture.count, 255) {
            var capture = Array(capture.prefix(byteCount))
            capture[0] = UInt8(byteCount)
            capture[1] = 0
            readEverything(capture)
        }
    }

    @Test("a capture with any one byte changed is read without a trap", arguments: captures)
    func mutated(capture: [UInt8]) {
        var mutated = capture
        for index in capture.indices {
            for value: UInt8 in [0, 1, 3, 4, 5, 0x7F, 0x80, 0xFF] {
                mutated[index] = value
                readEverything(mutated)
            }
            mutated[index] = capture[index]
        }
    }

    @Test("bytes that count up, with any message type, are read without a trap")
    func counting() {
        for type: UInt8 in 0...120 {
            var datagram = [UInt8](0...255)
            datagram.replaceSubrange(0..<6, with: [0, 1, 0, 0, type, 0])
            for family: UInt8 in [0, 2, 7] {
                datagram[16] = family
                readEverything(datagram)
            }
        }
    }

    @Test("random bytes after a valid header are read without a trap")
    func random() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let byteCount = Int.random(in: 16...96, using: &generator)
            var datagram = (0..<byteCount).map { _ in UInt8.random(in: 0...12, using: &generator) }
            datagram.replaceSubrange(0..<4, with: [UInt8(byteCount), 0, 0, 0])
            datagram[4] = UInt8.random(in: 16...30, using: &generator)
            datagram[5] = 0
            readEverything(datagram)
        }
    }

    @Test("a prefix length above 32 is refused")
    func longPrefix() throws {
        var route = Captures.addRouteRequest
        route[17] = 33
        #expect(replies(in: route, as: RouteMessage.self).isEmpty)
        var address = Captures.address
        address[17] = 33
        #expect(replies(in: address, as: AddressMessage.self).isEmpty)
    }
}
