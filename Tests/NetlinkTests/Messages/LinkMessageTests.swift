import Addresses
import Netlink
import NetlinkTestSupport
import Testing

@Suite("Link messages")
struct LinkMessageTests {
    @Test("a bridge port is read as ip link shows it")
    func decode() throws {
        let port = try #require(replies(in: Captures.bridgePort, as: LinkMessage.self).first)
        #expect(port.name == "veth1")
        #expect(port.index == 4)
        #expect(port.kind == .veth)
        #expect(port.isUp)
        #expect(!port.flags.contains(.running))
        #expect(port.mtu == 1500)
        #expect(port.masterIndex == 2)
        #expect(port.peerIndex == 3)
        #expect(port.macAddress == MACAddress(0x02, 0x55, 0x42, 0x16, 0x5C, 0xEF))
        #expect(
            port.bridgePort
                == BridgePort(
                    isIsolated: true, isLearning: true, floodsBroadcast: true, floodsUnknown: true,
                    isHairpin: false))
    }

    @Test("if a message has several kinds, the last one counts, and the peer of an earlier veth is dropped")
    func kinds() {
        let message = bytes(
            """
            54000000 1000 0000 01000000 00000000
            00 00 0000 04000000 00000000 00000000
            3400 1200
            0900 0100 76657468 00 000000
            1800 0200 1400 0100 00000000 00000000 00000000 00000000
            0b00 0100 627269646765 00 00
            """)
        #expect(replies(in: message) == [LinkMessage(index: 4, kind: .bridge)])
    }

    @Test("any link decodes to what was encoded")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<5_000 {
            let link = Self.randomLink(using: &generator)
            let message = try #require(encoded(.newLink, link))
            #expect(replies(in: message) == [link])
        }
    }

    private static func randomLink(using generator: inout SeededGenerator) -> LinkMessage {
        let kind = [LinkKind.bridge, .veth, .tun, nil].randomElement(using: &generator)!
        let peer = VethPeer(
            name: ["eth0", nil].randomElement(using: &generator)!, macAddress: .random(using: &generator),
            namespaceDescriptor: .maybe(using: &generator), group: .maybe(using: &generator))
        let bridgePort = BridgePort(
            isIsolated: .maybe(using: &generator), isLearning: .maybe(using: &generator),
            floodsBroadcast: .maybe(using: &generator), floodsUnknown: .maybe(using: &generator),
            isHairpin: .maybe(using: &generator))
        return LinkMessage(
            index: .random(in: 0...(.max), using: &generator),
            hardwareType: .random(in: 0...(.max), using: &generator),
            flags: LinkFlags(rawValue: .random(in: 0...(.max), using: &generator)),
            changedFlags: LinkFlags(rawValue: .random(in: 0...(.max), using: &generator)),
            name: ["cni0", "a-15-byte-name!", nil].randomElement(using: &generator)!,
            macAddress: .random(using: &generator), mtu: .maybe(using: &generator),
            masterIndex: .maybe(using: &generator), peerIndex: .maybe(using: &generator),
            peerNamespaceID: .maybe(using: &generator), kind: kind, vethPeer: kind == .veth ? peer : nil,
            bridgePort: .random(using: &generator) ? bridgePort : nil,
            namespaceDescriptor: .maybe(using: &generator), group: .maybe(using: &generator))
    }
}
