import Addresses
import Testing

@testable import FastDHCP

@Suite("Host names that clients send")
struct HostNameTests {
    private let names = HostNames(slotCount: 4)
    private let rig: EngineRig
    private let client: TestClient
    private let address: IPv4Address

    init() {
        rig = EngineRig(addressCount: 4) { [names] in $0.hostNames = names }
        client = TestClient(1, on: rig)
        address = client.lease()
    }

    /// The name that is known after the client renewed with these bytes in option 12.
    private func name(sending bytes: [UInt8]) -> String? {
        var request = Request(.request, chaddr: client.mac, xid: 7)
        request.requestedIPAddress = address
        let pieces = bytes.isEmpty ? [] : [12, UInt8(bytes.count)] + bytes
        rig.send(request, options: pieces)
        return rig.table.slotIndex(of: address).flatMap { names.name(of: client.mac, at: $0) }
    }

    @Test("are known with the lease, the latest one, and only for their own client")
    func latest() throws {
        #expect(name(sending: []) == nil)
        #expect(name(sending: Array("vm-1".utf8)) == "vm-1")
        #expect(name(sending: Array("A-longer_name.example.com".utf8)) == "A-longer_name.example.com")
        #expect(name(sending: Array("b\0".utf8)) == "b", "some clients append a zero")
        #expect(name(sending: []) == "b", "a client that sends none keeps its name")
        let slotIndex = try #require(rig.table.slotIndex(of: address))
        #expect(names.name(of: mac(2), at: slotIndex) == nil)
    }

    @Test(
        "with anything else in them, or too long, are no names",
        arguments: [
            Array("a b".utf8), Array("\u{1b}[31m".utf8), Array("ü".utf8), Array("a\0b".utf8), [0], [0xFF],
            [UInt8](repeating: 97, count: 64), [UInt8](repeating: 97, count: 255),
        ])
    func unusable(bytes: [UInt8]) {
        #expect(name(sending: Array("before".utf8)) == "before")
        #expect(name(sending: bytes) == nil)
        #expect(name(sending: [UInt8](repeating: 97, count: 63))?.count == 63)
    }

    @Test("are not kept of a REQUEST that is refused")
    func refused() throws {
        let stranger = TestClient(2, on: rig)
        var request = Request(.request, chaddr: stranger.mac, xid: 8)
        request.ciaddr = address
        #expect(rig.send(request, options: [12, 1, 97]).messageType == .nak)
        let slotIndex = try #require(rig.table.slotIndex(of: address))
        #expect(names.name(of: stranger.mac, at: slotIndex) == nil)
    }
}
