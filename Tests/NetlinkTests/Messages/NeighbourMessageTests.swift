import Addresses
import Netlink
import NetlinkTestSupport
import Testing

@Suite("Neighbour messages")
struct NeighbourMessageTests {
    @Test("the request that ip neigh sends is decoded, and ours has the same meaning")
    func request() throws {
        let pinned = NeighbourMessage(
            kind: .ipv4, interfaceIndex: 2, state: .permanent, address: IPv4Address(10, 0, 0, 7),
            macAddress: MACAddress(2, 0, 0, 0, 0, 7), routeProtocol: .dhcp)
        #expect(replies(in: Captures.addNeighbourRequest) == [pinned])
        // iproute2 puts the protocol first, and the kernel takes attributes in any order.
        let flags: MessageFlags = [.request, .acknowledge, .create, .exclusive]
        let message = try #require(encoded(.newNeighbour, flags: flags, sequence: 0x6B03_176E, pinned))
        #expect(message.count == Captures.addNeighbourRequest.count)
        #expect(message.prefix(28) == Captures.addNeighbourRequest.prefix(28))
        #expect(replies(in: message) == [pinned])
    }

    @Test("a dump is read as ip neigh shows it")
    func decode() {
        let neighbours = replies(in: Captures.neighbours, as: NeighbourMessage.self)
        #expect(
            neighbours == [
                NeighbourMessage(
                    kind: .ipv4, interfaceIndex: 2, state: .permanent, type: .unicast,
                    address: IPv4Address(10, 0, 0, 7), macAddress: MACAddress(2, 0, 0, 0, 0, 7),
                    routeProtocol: .dhcp),
                NeighbourMessage(
                    kind: .ipv4, interfaceIndex: 2, state: .noARP, type: RouteType(rawValue: 5),
                    address: IPv4Address(224, 0, 0, 22), macAddress: MACAddress(1, 0, 0x5E, 0, 0, 0x16)),
            ])
    }

    @Test("forwarding entries are read as bridge fdb shows them")
    func forwarding() {
        let entries = replies(in: Captures.forwardingEntries, as: NeighbourMessage.self)
        #expect(entries.count == 8)
        #expect(entries.allSatisfy { $0.kind == .forwarding && $0.address == nil })
        #expect(
            entries[4]
                == NeighbourMessage(
                    kind: .forwarding, interfaceIndex: 2, state: .permanent,
                    macAddress: MACAddress(2, 0, 0, 0, 0, 1), masterIndex: 2))
        #expect(entries[0].flags == .selfTable)
        #expect(entries[5].interfaceIndex == 4)
    }

    @Test("any entry decodes to what was encoded")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let neighbour = NeighbourMessage(
                kind: .random(using: &generator) ? .ipv4 : .forwarding,
                interfaceIndex: .random(in: 0...(.max), using: &generator),
                state: NeighbourState(rawValue: .random(in: 0...(.max), using: &generator)),
                flags: NeighbourFlags(rawValue: .random(in: 0...(.max), using: &generator)),
                type: RouteType(rawValue: .random(in: 0...(.max), using: &generator)),
                address: .random(using: &generator) ? .random(using: &generator) : nil,
                macAddress: .random(using: &generator) ? .random(using: &generator) : nil,
                routeProtocol: UInt8.maybe(using: &generator).map(RouteProtocol.init),
                vlan: .maybe(using: &generator), masterIndex: .maybe(using: &generator))
            let message = try #require(encoded(.newNeighbour, neighbour))
            #expect(replies(in: message) == [neighbour])
        }
    }
}

extension Bool {
    fileprivate static func random(using generator: inout SeededGenerator) -> Bool {
        generator.next() & 1 == 0
    }
}
