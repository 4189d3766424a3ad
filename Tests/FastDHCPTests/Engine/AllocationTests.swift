import Addresses
import Testing

@testable import FastDHCP

@Suite("Which address a client gets")
struct AllocationTests {
    @Test("new clients get never-used addresses in ascending order")
    func ascending() {
        let rig = EngineRig(addressCount: 5)
        #expect((1...5).map { TestClient($0, on: rig).offer() } == pool(of: 5))
    }

    @Test("after them come expired addresses, in order of expiry")
    func expiredLongest() {
        let rig = EngineRig(addressCount: 3)
        let addresses = (1...3).map { TestClient($0, on: rig).lease() }
        for number in [2, 3, 1] {
            TestClient(number, on: rig).release(addresses[number - 1])
            rig.commit()
            rig.wait(seconds: 1)
        }
        #expect((11...13).map { TestClient($0, on: rig).offer() } == [addresses[1], addresses[2], addresses[0]])
    }

    @Test("never-used addresses come before expired ones")
    func neverUsedFirst() {
        let rig = EngineRig(addressCount: 3)
        let address = TestClient(1, on: rig).lease()
        TestClient(1, on: rig).release(address)
        rig.commit()
        #expect((2...4).map { TestClient($0, on: rig).offer() } == [pool(of: 3)[1], pool(of: 3)[2], address])
    }

    @Test("a client that comes back long after gets its old address", arguments: ["released", "expired", "lapsed"])
    func sticky(how: String) {
        let rig = EngineRig(addressCount: 4)
        TestClient(9, on: rig).lease()
        let client = TestClient(1, on: rig)
        let address = how == "lapsed" ? client.offer() : client.lease()
        if how == "released" { client.release(address) }
        rig.wait(seconds: 5000)
        rig.commit()
        TestClient(2, on: rig).lease()
        #expect(client.offer() == address)
    }

    @Test("it gets another address if its old one was needed meanwhile")
    func notSticky() {
        let rig = EngineRig(addressCount: 2)
        let client = TestClient(1, on: rig)
        let address = client.lease()
        client.release(address)
        rig.commit()
        let others = (2...3).map { TestClient($0, on: rig).lease() }
        #expect(others.contains(address))
        #expect(client.discover() == .silent(.poolExhausted))
        TestClient(2, on: rig).release(others[0])
        rig.commit()
        #expect(client.offer() == others[0])
    }

    @Test("an address that was asked for by name is not given out a second time by the queue")
    func preferredAndQueued() {
        let rig = EngineRig(addressCount: 3)
        let wish = pool(of: 3)[1]
        #expect(TestClient(1, on: rig).offer(requesting: wish) == wish)
        #expect((2...3).map { TestClient($0, on: rig).offer() } == [pool(of: 3)[0], pool(of: 3)[2]])
    }

    @Test("no address is ever lost: after any use all of them can be given out again")
    func allComeBack() {
        let rig = EngineRig(addressCount: 8)
        for round in 1...20 {
            let clients = (0..<8).map { TestClient(round * 10 + $0, on: rig) }
            #expect(Set(clients.map { $0.lease() }).count == 8)
            for client in clients.prefix(round % 9) {
                client.release(rig.table.address(of: rig.indexedSlot(of: client.mac)!))
            }
            rig.commit()
            rig.wait(seconds: 1002)
            rig.commit()
        }
    }
}

@Suite("A dry pool")
struct DryPoolTests {
    @Test("leaves leases and fresh offers alone")
    func silent() {
        let rig = EngineRig(addressCount: 2)
        TestClient(1, on: rig).lease()
        _ = TestClient(2, on: rig).offer()
        rig.wait(milliseconds: 4999)
        #expect(TestClient(3, on: rig).discover() == .silent(.poolExhausted))
    }

    @Test("takes back the oldest offer when it is 5 s old")
    func oldOffers() {
        let rig = EngineRig(addressCount: 2)
        let first = TestClient(1, on: rig).offer()
        rig.wait(seconds: 1)
        let second = TestClient(2, on: rig).offer()
        rig.wait(milliseconds: 4000)
        #expect(TestClient(3, on: rig).offer() == first)
        #expect(TestClient(4, on: rig).discover() == .silent(.poolExhausted))
        rig.wait(seconds: 1)
        #expect(TestClient(4, on: rig).offer() == second)
        #expect(TestClient(1, on: rig).select(first).messageType == .nak)
    }

    @Test("takes declined addresses before offers")
    func declinedFirst() {
        let rig = EngineRig(addressCount: 2)
        let offered = TestClient(1, on: rig).offer()
        let declined = TestClient(2, on: rig).lease()
        TestClient(2, on: rig).decline(declined)
        rig.commit()
        rig.wait(seconds: 10)
        #expect(TestClient(3, on: rig).offer() == declined)
        #expect(TestClient(4, on: rig).offer() == offered)
    }

    @Test("a repeated DISCOVER renews an offer")
    func refreshed() {
        let rig = EngineRig(addressCount: 1)
        _ = TestClient(1, on: rig).offer()
        rig.wait(seconds: 4)
        _ = TestClient(1, on: rig).offer()
        rig.wait(seconds: 4)
        #expect(TestClient(2, on: rig).discover() == .silent(.poolExhausted))
    }
}

@Suite("Several workers on one table")
struct WorkersTests {
    // With two workers, even clients are worker 0's and odd ones worker 1's.
    private let rig = EngineRig(addressCount: 2, workerCount: 2)

    @Test("two clients of two workers never share an address")
    func distinct() {
        #expect(TestClient(2, on: rig).lease() != TestClient(3, on: rig).lease())
        #expect(TestClient(4, on: rig).discover() == .silent(.poolExhausted))
        #expect(TestClient(5, on: rig).discover() == .silent(.poolExhausted))
    }

    @Test("an address that one worker's client released can go to another worker's client")
    func handOver() {
        let address = TestClient(2, on: rig).lease()
        _ = TestClient(3, on: rig).lease()
        TestClient(2, on: rig).release(address)
        #expect(TestClient(5, on: rig).discover() == .silent(.poolExhausted))
        rig.commit()
        rig.wait(milliseconds: 100)
        #expect(TestClient(5, on: rig).lease() == address)
        #expect(TestClient(2, on: rig).renew(address).messageType == .nak)
    }

    @Test("a dry pool takes back old offers and declined addresses of other workers")
    func fromOthers() {
        let offered = TestClient(2, on: rig).offer()
        let declined = TestClient(4, on: rig).lease()
        TestClient(4, on: rig).decline(declined)
        rig.commit()
        rig.wait(seconds: 5)
        #expect(Set([TestClient(3, on: rig).lease(), TestClient(5, on: rig).lease()]) == [offered, declined])
        #expect(TestClient(2, on: rig).select(offered).messageType == .nak)
        #expect(rig.declinedCount(of: mac(4)) == 1, "until its own worker sees that it is gone")
        rig.tick()
        #expect(rig.declinedCount(of: mac(4)) == 0)
    }

    @Test("a dry pool looks through other workers' addresses at most ten times a second")
    func pause() {
        TestClient(2, on: rig).lease()
        let offered = TestClient(4, on: rig).offer()
        rig.wait(milliseconds: 4950)
        #expect(TestClient(3, on: rig).discover() == .silent(.poolExhausted))
        rig.wait(milliseconds: 50)
        #expect(TestClient(3, on: rig).discover() == .silent(.poolExhausted))
        rig.wait(milliseconds: 50)
        #expect(TestClient(3, on: rig).offer() == offered)
    }

    @Test("a dry pool looks at the oldest offers only, so that each DISCOVER costs the same")
    func reclaimLimit() {
        let addresses = pool(of: Engine.reclaimLimit + 1)
        let rig = EngineRig(addressCount: addresses.count)
        rig.reserve(
            Dictionary(uniqueKeysWithValues: addresses.dropLast().enumerated().map { (mac($0.offset), $0.element) }))
        for number in 0..<Engine.reclaimLimit { _ = TestClient(number, on: rig).offer() }
        _ = TestClient(1000, on: rig).offer()
        rig.wait(seconds: 6)
        #expect(TestClient(1001, on: rig).discover() == .silent(.poolExhausted))
        // Some of the reserved ones lapse or are asked for: now it comes to the one behind them.
        TestClient(0, on: rig).lease()
        #expect(TestClient(1001, on: rig).offer() == addresses.last)
    }
}
