import Addresses
import Testing

@testable import FastDHCP

@Suite("RELEASE, RFC 2131 section 4.3.4")
struct ReleaseTests {
    private let rig = EngineRig(addressCount: 2)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("it ends the lease once it is durable, without a reply")
    func ends() {
        let address = client.lease()
        #expect(client.release(address) == .committing)
        #expect(rig.inFlight.map(\.kind) == [.release])
        #expect(!rig.slot(address).owner.isAvailable, "its removal is not durable yet")
        #expect(rig.commit().isEmpty)
        #expect(rig.slot(address).owner.isAvailable)
        #expect(rig.slot(address).durable.owner.state == .expired)
    }

    @Test("no other client gets the address before the release is durable")
    func notBefore() {
        let rig = EngineRig(addressCount: 1)
        let address = TestClient(1, on: rig).lease()
        TestClient(1, on: rig).release(address)
        #expect(TestClient(2, on: rig).discover() == .silent(.poolExhausted))
        #expect(TestClient(2, on: rig).select(address) == .silent(.changeInFlight))
        #expect(TestClient(2, on: rig).renew(address) == .silent(.changeInFlight))
        #expect(TestClient(2, on: rig).reboot(address) == .silent(.unknownClient))
        rig.commit()
        #expect(TestClient(2, on: rig).offer() == address)
    }

    @Test("when it cannot be made durable the lease goes on to its end")
    func failed() {
        let address = client.lease()
        client.release(address)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .bound)
        rig.wait(seconds: 1002)
        #expect(rig.inFlight.map(\.kind) == [.expire])
    }

    @Test("it is refused when the source address is not ciaddr")
    func foreignSource() {
        let address = client.lease()
        var request = client.unicast(.release, from: address)
        request.sourceAddress = pool(of: 2)[1]
        #expect(rig.send(request) == .silent(.releaseRefused))
        request.sourceAddress = .unspecified
        #expect(rig.send(request) == .silent(.releaseRefused))
        #expect(rig.state(address) == .bound)
    }

    @Test("it is refused from a client that does not hold the address")
    func foreignClient() {
        let address = client.lease()
        let other = TestClient(2, on: rig)
        #expect(other.release(address) == .silent(.releaseRefused))
        other.lease()
        #expect(other.release(address) == .silent(.releaseRefused))
        #expect(rig.state(address) == .bound)
    }

    @Test("it is refused from another station in the client's name")
    func foreignStation() {
        let address = client.lease()
        var request = client.unicast(.release, from: address)
        request.ethernetSource = mac(2)
        #expect(rig.send(request) == .dropped(.sourceMACMismatch))
        #expect(rig.state(address) == .bound)
    }

    @Test("it is refused when it is for another server, and taken when it names none")
    func otherServer() {
        let address = client.lease()
        var request = client.unicast(.release, from: address)
        request.serverIdentifier = IPv4Address(10, 0, 0, 99)
        #expect(rig.send(request) == .silent(.releaseRefused))
        request.serverIdentifier = nil
        #expect(rig.send(request) == .committing)
    }

    @Test(
        "it is refused for an address outside the pool",
        arguments: [IPv4Address.unspecified, .broadcast, EngineRig.server, IPv4Address(192, 168, 0, 1)])
    func notALease(address: IPv4Address) {
        client.lease()
        #expect(client.release(address) == .silent(.releaseRefused))
    }

    @Test("an offer cannot be released, and a lease only once")
    func twice() {
        let address = client.offer()
        #expect(client.release(address) == .silent(.releaseRefused))
        client.select(address)
        rig.commit()
        #expect(client.release(address) == .committing)
        #expect(client.release(address) == .deferred(replacing: nil))
        rig.commit()
        #expect(rig.takeResolved().map(\.outcome) == [.silent(.releaseRefused)])
    }

    @Test("it waits for the commit of its lease if that is in flight")
    func whileBinding() {
        let address = client.offer()
        client.select(address)
        #expect(client.release(address) == .deferred(replacing: nil))
        #expect(rig.inFlight.map(\.kind) == [.bind])
        rig.commitOldest()
        #expect(rig.inFlight.map(\.kind) == [.release])
        rig.commitOldest()
        #expect(rig.slot(address).owner.isAvailable)
    }
}
