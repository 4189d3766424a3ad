import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Renewals that come from another MAC than their client's")
struct ForeignRenewalTests {
    /// The IP source of a renewal for the second NIC of a VM. dhclient leaves it to the kernel, which takes the first
    /// NIC's address; other clients bind their socket to ciaddr.
    enum Source: CaseIterable { case ciaddr, firstNIC }

    private let rig = EngineRig()
    private var first: TestClient { TestClient(1, on: rig) }
    private var second: TestClient { TestClient(2, on: rig) }

    /// The renewal of the second NIC's lease, sent through the first NIC.
    private func renewal(_ source: Source, on rig: EngineRig) -> (request: Request, first: IPv4Address) {
        let address = TestClient(1, on: rig).lease()
        var request = TestClient(2, on: rig).unicast(.request, from: TestClient(2, on: rig).lease())
        request.ethernetSource = mac(1)
        if source == .firstNIC { request.sourceAddress = address }
        return (request, address)
    }

    @Test(
        "a VM renews the lease of one NIC through the other: that lease is extended, and the ACK goes to its owner",
        arguments: Source.allCases)
    func secondNIC(source: Source) throws {
        let (request, other) = renewal(source, on: rig)
        rig.wait(seconds: 500)
        let otherSlot = rig.slot(other)
        #expect(rig.send(request) == .committing)
        let change = try #require(rig.inFlight.first)
        #expect(change.kind == .bind && change.client == second.mac && change.address == request.ciaddr)
        #expect(!change.isRelayed, "the neighbour entry stays")
        let ack = try #require(rig.commit().first)
        #expect(ack.messageType == .ack && ack.destinationAddress == request.ciaddr)
        #expect(ack.ethernetDestination == second.mac)
        #expect(rig.slot(request.ciaddr).deadline == rig.now + UInt64(EngineRig.leaseSeconds) * 1000)
        #expect(rig.slot(other) == otherSlot)
    }

    @Test("a renewal that needs no commit is answered to the owner as well", arguments: Source.allCases)
    func promised(source: Source) throws {
        let ack = try #require(rig.send(renewal(source, on: rig).request).answer)
        #expect(ack.messageType == .ack && ack.ethernetDestination == second.mac)
    }

    @Test("the NICs may be clients of two workers", arguments: Source.allCases)
    func workers(source: Source) throws {
        let rig = EngineRig(workerCount: 2)
        let ack = try #require(rig.send(renewal(source, on: rig).request).answer)
        #expect(ack.messageType == .ack && ack.ethernetDestination == second.mac)
    }

    @Test(
        "anything else for another's lease is dropped",
        arguments: ["broadcast", "elsewhere", "another's lease", "a third source", "no source", "selecting"])
    func refused(what: String) {
        var (request, other) = renewal(.ciaddr, on: rig)
        switch what {
        case "broadcast": request.destinationAddress = .broadcast
        case "elsewhere": request.destinationAddress = IPv4Address(10, 0, 0, 99)
        case "another's lease": request.ciaddr = other
        case "a third source": request.sourceAddress = TestClient(3, on: rig).lease()
        case "no source": request.sourceAddress = .unspecified
        default: request.serverIdentifier = EngineRig.server
        }
        #expect(rig.send(request) == .dropped(.sourceMACMismatch))
        #expect(rig.inFlight.isEmpty)
    }

    @Test("an address without a lease cannot be renewed", arguments: ["never", "offered", "released", "expired"])
    func notHeld(what: String) {
        let address = pool(of: 1)[0]
        switch what {
        case "offered": #expect(first.offer() == address)
        case "released":
            first.release(first.lease())
            rig.commit()
        case "expired":
            first.lease()
            rig.wait(seconds: 1002)
            rig.commit()
        default: break
        }
        var request = first.unicast(.request, from: address)
        request.ethernetSource = mac(2)
        let before = rig.slot(address)
        #expect(rig.send(request) == .dropped(.sourceMACMismatch))
        #expect(rig.slot(address) == before)
    }

    @Test("where there are relays, a renewal may come through a router; a rebinding may not")
    func routed() {
        let rig = EngineRig { $0.relays = [IPv4Address(10, 0, 0, 250)] }
        let client = TestClient(1, on: rig)
        var request = client.unicast(.request, from: client.lease())
        request.ethernetSource = mac(2)
        #expect(rig.send(request).answer?.ethernetDestination == mac(2))
        request.destinationAddress = .broadcast
        request.ethernetDestination = .broadcast
        #expect(rig.send(request) == .dropped(.sourceMACMismatch))
    }
}
