import Addresses
import Testing

@testable import FastDHCP

@Suite("DECLINE, RFC 2131 section 4.3.3")
struct DeclineTests {
    private let rig = EngineRig(addressCount: 4)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("the address is set aside for an hour once the decline is durable, without a reply")
    func setAside() {
        let address = client.lease()
        #expect(client.decline(address) == .committing)
        #expect(rig.commit().isEmpty)
        #expect(rig.state(address) == .declined)
        rig.wait(seconds: 3599)
        #expect(rig.state(address) == .declined)
        rig.wait(seconds: 2)
        #expect(rig.state(address) == .free)
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("an address that was only offered can be declined")
    func offered() {
        let address = client.offer()
        #expect(client.decline(address) == .committing)
        rig.commit()
        #expect(rig.state(address) == .declined)
    }

    @Test("the client gets another address, at once if it asks while the decline is in flight")
    func another() throws {
        let address = client.lease()
        client.decline(address)
        #expect(client.discover() == .deferred(replacing: nil))
        let second = try #require(rig.commit().first?.yiaddr)
        #expect(second != address)
        #expect(client.select(second) == .committing)
        rig.commit()
        #expect(rig.state(address) == .declined)
        #expect(rig.state(second) == .bound)
    }

    @Test("a client can have at most two declined addresses within an hour")
    func limit() {
        for _ in 0..<2 {
            let address = client.lease()
            #expect(client.decline(address) == .committing)
            rig.commit()
        }
        let third = client.lease()
        #expect(client.decline(third) == .silent(.declineLimit))
        #expect(rig.state(third) == .bound)
        #expect(
            TestClient(2, on: rig).decline(TestClient(2, on: rig).lease()) == .committing, "others have their own count"
        )
        rig.commit()
        rig.wait(seconds: 3601)
        rig.commit()
        #expect(rig.declinedCount(of: client.mac) == 0)
        #expect(client.decline(client.lease()) == .committing)
    }

    @Test("a decline that cannot be made durable changes nothing", arguments: [true, false])
    func failed(wasBound: Bool) {
        let address = wasBound ? client.lease() : client.offer()
        client.decline(address)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == (wasBound ? .bound : .free))
        #expect(rig.declinedCount(of: client.mac) == 0)
        #expect(client.offer(requesting: address) == address)
    }

    @Test("failed declines do not use up the limit, whoever gets the address next")
    func failedDoesNotCount() {
        // One worker serves client 2, the other one clients 3, 5 and 7.
        let rig = EngineRig(addressCount: 3, workerCount: 2)
        let client = TestClient(2, on: rig)
        for number in [3, 5, 7] {
            let address = client.offer()
            #expect(client.decline(address) == .committing)
            rig.commit(isDurable: false)
            #expect(TestClient(number, on: rig).lease(requesting: address) == address)
        }
        #expect(rig.declinedCount(of: client.mac) == 0)
    }

    @Test("it is refused for an address that the client does not hold")
    func foreign() {
        let address = TestClient(2, on: rig).lease()
        #expect(client.decline(address) == .silent(.declineRefused))
        client.lease()
        #expect(client.decline(address) == .silent(.declineRefused))
        #expect(client.decline(EngineRig.server) == .silent(.declineRefused))
        #expect(rig.state(address) == .bound)
    }

    @Test("it is refused for an address that the client gave back, and for one declined before")
    func gone() {
        for leave in [TestClient.release, TestClient.decline] {
            let address = client.lease()
            _ = leave(client)(address)
            #expect(client.decline(address) == .deferred(replacing: nil))
            rig.commit()
            #expect(rig.takeResolved().map(\.outcome) == [.silent(.declineRefused)])
            #expect(client.decline(address) == .silent(.declineRefused))
        }
    }

    @Test("a DECLINE that names no address, or another server, is refused")
    func incomplete() {
        let address = client.lease()
        var request = client.message(.decline)
        request.serverIdentifier = EngineRig.server
        #expect(rig.send(request) == .silent(.missingAddress))
        request.requestedIPAddress = address
        request.serverIdentifier = IPv4Address(10, 0, 0, 99)
        #expect(rig.send(request) == .silent(.declineRefused))
        #expect(rig.state(address) == .bound)
    }

    @Test("a dry pool takes back the address that was declined first")
    func dry() {
        let rig = EngineRig(addressCount: 3)
        let first = TestClient(1, on: rig).lease()
        TestClient(1, on: rig).decline(first)
        rig.commit()
        rig.wait(seconds: 1)
        let second = TestClient(2, on: rig).lease()
        TestClient(2, on: rig).decline(second)
        rig.commit()
        let third = TestClient(3, on: rig).lease()
        #expect(TestClient(4, on: rig).offer() == first)
        #expect(TestClient(5, on: rig).offer() == second)
        #expect(TestClient(6, on: rig).discover() == .silent(.poolExhausted))
        #expect(rig.state(third) == .bound)
        #expect(rig.declinedCount(of: mac(1)) == 0)
    }

    @Test("a dry pool does not take an address back before its decline is durable")
    func dryInFlight() {
        let rig = EngineRig(addressCount: 1)
        TestClient(1, on: rig).decline(TestClient(1, on: rig).lease())
        #expect(TestClient(2, on: rig).discover() == .silent(.poolExhausted))
        rig.commit()
        #expect(TestClient(2, on: rig).discover().messageType == .offer)
    }

    @Test("in a dry pool a client gets the address that it has declined only when no other can be taken back")
    func dryForTheDecliner() {
        let rig = EngineRig(addressCount: 2)
        let own = TestClient(1, on: rig).lease()
        TestClient(1, on: rig).decline(own)
        rig.commit()
        rig.wait(seconds: 1)
        let other = TestClient(2, on: rig).lease()
        TestClient(2, on: rig).decline(other)
        rig.commit()
        #expect(TestClient(1, on: rig).offer() == other)
        #expect(TestClient(1, on: rig).offer() == other)
        #expect(TestClient(3, on: rig).offer() == own)
    }

    @Test("a client that declined the only address gets it again, rather than none")
    func onlyDeclined() {
        let rig = EngineRig(addressCount: 1)
        let address = TestClient(1, on: rig).lease()
        TestClient(1, on: rig).decline(address)
        rig.commit()
        #expect(TestClient(1, on: rig).offer() == address)
    }

    @Test("an address whose hour was over is free again after a failed commit, not declined")
    func overIsOver() {
        let rig = EngineRig(addressCount: 2)
        let address = TestClient(1, on: rig).lease()
        TestClient(1, on: rig).decline(address)
        rig.commit()
        rig.wait(seconds: 3601)
        #expect(TestClient(2, on: rig).offer(requesting: address) == address)
        TestClient(2, on: rig).select(address)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .free)
        #expect(rig.slot(address).owner.isAvailable)
    }
}
