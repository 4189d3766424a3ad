import Addresses
import Testing

@testable import FastDHCP

@Suite("Who may ask: relays and source addresses")
struct AdmissionTests {
    private static let relay = IPv4Address(10, 0, 0, 250)
    private static let types: [MessageType] = [.discover, .request, .decline, .release, .inform]

    @Test("giaddr from nobody the operator named is dropped, in every message", arguments: types)
    func unknownRelay(type: MessageType) {
        let rig = EngineRig()
        var request = Guest(1, on: rig).message(type)
        request.giaddr = Self.relay
        #expect(rig.send(request) == .dropped(.relayNotAllowed))
        #expect(rig.table.stateCounts() == [8, 0, 0, 0, 0, 0])
    }

    @Test("a relay that the operator named is served, several as well")
    func knownRelays() {
        let relays = [Self.relay, IPv4Address(10, 0, 0, 251)]
        let rig = EngineRig { $0.relays = relays }
        for (number, relay) in relays.enumerated() {
            var request = Guest(number, on: rig).message(.discover)
            request.giaddr = relay
            request.ethernetSource = mac(99)
            #expect(rig.send(request).messageType == .offer)
        }
    }

    @Test("a relay in a network that is not ours gets no answer")
    func foreignRelay() {
        let relay = IPv4Address(192, 168, 7, 1)
        let rig = EngineRig { $0.relays = [relay] }
        var request = Guest(1, on: rig).message(.discover)
        request.giaddr = relay
        #expect(rig.send(request) == .silent(.foreignSubnet))
    }

    @Test("a frame from another station than chaddr can create no binding")
    func sourceMAC() {
        let rig = EngineRig()
        let guest = Guest(1, on: rig)
        for type in [MessageType.discover, .request, .decline] {
            var request = guest.message(type)
            request.requestedIPAddress = pool(of: 1)[0]
            request.ethernetSource = mac(2)
            #expect(rig.send(request) == .dropped(.sourceMACMismatch))
            request.serverIdentifier = EngineRig.server
            #expect(rig.send(request) == .dropped(.sourceMACMismatch))
        }
        var renewal = guest.unicast(.request, from: pool(of: 1)[0])
        renewal.ethernetSource = mac(2)
        #expect(rig.send(renewal) == .dropped(.sourceMACMismatch), "there is nothing to renew")
        #expect(rig.table.stateCounts() == [8, 0, 0, 0, 0, 0])
    }

    @Test(
        "where there are relays, a unicast renewal may come through a router; a rebinding may not, and without relays neither"
    )
    func renewal() {
        let rig = EngineRig { $0.relays = [IPv4Address(10, 0, 0, 250)] }
        let guest = Guest(1, on: rig)
        let address = guest.lease()
        var request = guest.unicast(.request, from: address)
        request.ethernetSource = mac(2)
        #expect(rig.send(request).messageType == .ack)
        request.destinationAddress = .broadcast
        request.ethernetDestination = .broadcast
        #expect(rig.send(request) == .dropped(.sourceMACMismatch))

        let plain = EngineRig()
        let neighbour = Guest(1, on: plain)
        var forged = neighbour.unicast(.request, from: neighbour.lease())
        forged.ethernetSource = mac(2)
        plain.wait(seconds: 400)
        #expect(plain.send(forged) == .dropped(.sourceMACMismatch))
    }

    @Test("nobody can have another client sent a NAK")
    func forgedNak() {
        let rig = EngineRig()
        let guest = Guest(1, on: rig)
        guest.lease()
        var request = guest.message(.request)
        request.ciaddr = pool(of: 8)[7]
        request.ethernetSource = mac(2)
        #expect(rig.send(request) == .dropped(.sourceMACMismatch))
    }

    @Test("where the operator turned the check off, any station may speak for a client")
    func unchecked() {
        let rig = EngineRig { $0.checksSourceMAC = false }
        var request = Guest(1, on: rig).message(.discover)
        request.ethernetSource = mac(2)
        #expect(rig.send(request).messageType == .offer)
    }
}
