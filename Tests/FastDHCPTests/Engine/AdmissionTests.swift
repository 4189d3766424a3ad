import Addresses
import Testing

@testable import FastDHCP

@Suite("Who may ask: relays and source addresses")
struct AdmissionTests {
    private static let relay = IPv4Address(10, 0, 0, 250)
    private static let types: [MessageType] = [.discover, .request, .decline, .release, .inform]

    @Test("a message with a giaddr that the operator did not name is dropped, whatever its type", arguments: types)
    func unknownRelay(type: MessageType) {
        let rig = EngineRig()
        var request = TestClient(1, on: rig).message(type)
        request.giaddr = Self.relay
        #expect(rig.send(request) == .dropped(.relayNotAllowed))
        #expect(rig.table.stateCounts() == [8, 0, 0, 0, 0, 0])
    }

    @Test("every relay that the operator named is served")
    func knownRelays() {
        let relays = [Self.relay, IPv4Address(10, 0, 0, 251)]
        let rig = EngineRig { $0.relays = relays }
        for (number, relay) in relays.enumerated() {
            var request = TestClient(number, on: rig).message(.discover)
            request.giaddr = relay
            request.ethernetSource = mac(99)
            #expect(rig.send(request).messageType == .offer)
        }
    }

    @Test("a relay in a network that is not ours gets no answer")
    func foreignRelay() {
        let relay = IPv4Address(192, 168, 7, 1)
        let rig = EngineRig { $0.relays = [relay] }
        var request = TestClient(1, on: rig).message(.discover)
        request.giaddr = relay
        #expect(rig.send(request) == .silent(.foreignSubnet))
    }

    @Test("a message from another MAC than chaddr is dropped, whatever its type", arguments: types)
    func sourceMAC(type: MessageType) {
        let rig = EngineRig()
        let client = TestClient(1, on: rig)
        let leased = client.lease()
        for isUnicast in [false, true] {
            for ciaddr in [.unspecified, leased, pool(of: 2)[1]]
            where !isUnicast || type != .request || ciaddr != leased {
                for server in [nil, EngineRig.server] {
                    for requested in [nil, leased, pool(of: 2)[1]] {
                        var request = isUnicast ? client.unicast(type, from: ciaddr) : client.message(type)
                        request.ciaddr = ciaddr
                        request.ethernetSource = mac(2)
                        request.serverIdentifier = server
                        request.requestedIPAddress = requested
                        #expect(rig.send(request) == .dropped(.sourceMACMismatch))
                    }
                }
            }
        }
        #expect(rig.table.stateCounts() == [7, 0, 1, 0, 0, 0])
    }

    @Test("when the operator turned the check off, any station may speak for a client")
    func unchecked() {
        let rig = EngineRig { $0.checksSourceMAC = false }
        var request = TestClient(1, on: rig).message(.discover)
        request.ethernetSource = mac(2)
        let offer = rig.send(request).answer
        #expect(offer?.messageType == .offer && offer?.ethernetDestination == mac(1))
    }
}
