import Addresses
import Testing

@testable import FastDHCP

@Suite("DISCOVER, RFC 2131 section 4.3.1")
struct DiscoverTests {
    private let rig = EngineRig()

    @Test("it is answered by an OFFER of a free address with the lease, its times and the server")
    func offer() throws {
        let client = TestClient(1, on: rig)
        let answer = try #require(client.discover().answer)
        #expect(answer.messageType == .offer)
        #expect(answer.yiaddr == pool(of: 1)[0])
        #expect(answer.siaddr == EngineRig.server)
        #expect(answer.ciaddr == .unspecified)
        #expect(answer.serverIdentifier == EngineRig.server)
        #expect(answer.leaseSeconds == 1000)
        #expect(answer.renewalSeconds == 500)
        #expect(answer.rebindingSeconds == 875)
        #expect(answer.chaddr == client.mac)
        #expect(answer.xid == 1)
    }

    @Test("an OFFER changes nothing that a restart must remember")
    func nothingToCommit() {
        let address = TestClient(1, on: rig).offer()
        #expect(rig.inFlight.isEmpty)
        #expect(rig.slot(address).durable == .none)
        #expect(rig.state(address) == .offered)
    }

    @Test("a client that asks again is offered the same address, for another 60 s")
    func again() {
        let client = TestClient(1, on: rig)
        let address = client.offer()
        rig.wait(seconds: 50)
        #expect(client.offer() == address)
        rig.wait(seconds: 59)
        #expect(rig.state(address) == .offered)
        rig.wait(seconds: 2)
        #expect(rig.state(address) == .expired)
    }

    @Test("two clients are offered two addresses")
    func two() {
        #expect(TestClient(1, on: rig).offer() != TestClient(2, on: rig).offer())
    }

    @Test("the address that the client asks for is offered when it is available")
    func requested() {
        let wish = pool(of: 8)[5]
        #expect(TestClient(1, on: rig).offer(requesting: wish) == wish)
    }

    @Test(
        "an impossible wish is answered with another address",
        arguments: [
            EngineRig.server, .unspecified, .broadcast, IPv4Address(10, 0, 0, 255), IPv4Address(192, 168, 0, 2),
        ])
    func impossibleWish(wish: IPv4Address) {
        #expect(TestClient(1, on: rig).offer(requesting: wish) == pool(of: 1)[0])
    }

    @Test("an address that somebody else has is not offered, whatever its state", arguments: ["offered", "bound"])
    func takenWish(state: String) {
        let other = TestClient(2, on: rig)
        let taken = state == "bound" ? other.lease() : other.offer()
        #expect(TestClient(1, on: rig).offer(requesting: taken) != taken)
    }

    @Test("the client's present address comes before the one it asks for, and stays bound")
    func present() {
        let client = TestClient(1, on: rig)
        let address = client.lease()
        #expect(client.offer(requesting: pool(of: 8)[5]) == address)
        #expect(rig.state(address) == .bound)
    }

    @Test("the client's previous address comes before the one it asks for")
    func previous() {
        let client = TestClient(1, on: rig)
        let address = client.lease()
        client.release(address)
        rig.commit()
        #expect(client.offer(requesting: pool(of: 8)[5]) == address)
    }

    @Test("it waits for a release in flight, and then the client is offered the address again")
    func releaseInFlight() {
        let client = TestClient(1, on: rig)
        let address = client.lease()
        client.release(address)
        #expect(client.discover() == .deferred(replacing: nil))
        #expect(rig.commit().map(\.yiaddr) == [address])
        #expect(rig.state(address) == .offered)
        #expect(rig.slot(address).durable.owner.state == .expired)
        #expect(client.select(address) == .committing)
        rig.commit()
        #expect(rig.state(address) == .bound)
    }

    @Test("when that release fails, the client is offered its lease, which continues")
    func releaseFails() {
        let client = TestClient(1, on: rig)
        let address = client.lease()
        client.release(address)
        client.discover()
        #expect(rig.commit(isDurable: false).map(\.yiaddr) == [address])
        #expect(rig.state(address) == .bound)
        rig.wait(seconds: 61)
        #expect(rig.state(address) == .bound)
    }

    @Test("the offer after a release ends after 60 s like any other")
    func releaseOfferLapses() {
        let client = TestClient(1, on: rig)
        let address = client.lease()
        client.release(address)
        client.discover()
        rig.wait(seconds: 61)
        rig.commit()
        #expect(rig.state(address) == .offered)
        rig.wait(seconds: 60)
        #expect(rig.state(address) == .expired)
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("a DISCOVER with ciaddr, which it must not have, takes no address away")
    func withCiaddr() {
        let address = TestClient(2, on: rig).lease()
        var request = TestClient(1, on: rig).message(.discover)
        request.ciaddr = address
        #expect(rig.send(request).answer?.yiaddr != address)
    }

    @Test("two clients with one client identifier get two addresses, and each its identifier back (RFC 6842)")
    func clones() throws {
        let identifier: [UInt8] = [61, 5, 255, 1, 2, 3, 4]
        let first = try #require(rig.send(TestClient(1, on: rig).message(.discover), options: identifier).answer)
        let second = try #require(rig.send(TestClient(2, on: rig).message(.discover), options: identifier).answer)
        #expect(first.yiaddr != second.yiaddr)
        #expect(first.clientIdentifier == [255, 1, 2, 3, 4])
        #expect(second.clientIdentifier == [255, 1, 2, 3, 4])
    }

    @Test("it gets no reply while the committer has no room, since no REQUEST could be granted")
    func busy() {
        rig.commitRoom = Engine.changesPerRequest - 1
        #expect(TestClient(1, on: rig).discover() == .silent(.committerBusy))
        #expect(rig.table.stateCounts()[0] == 8)
    }
}
