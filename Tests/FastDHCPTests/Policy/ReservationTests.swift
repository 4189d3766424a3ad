import Addresses
import Testing

@testable import FastDHCP

@Suite("Reservations")
struct ReservationTests {
    private let rig = EngineRig()
    private let kept = pool(of: 8)[4]

    @Test("a client is offered its reserved address, whatever it asks for, and no other client is")
    func ownAddress() {
        rig.reserve([mac(1): kept])
        for number in 2...8 { #expect(TestClient(number, on: rig).lease() != kept) }
        #expect(TestClient(9, on: rig).discover() == .silent(.poolExhausted))
        #expect(TestClient(1, on: rig).offer(requesting: pool(of: 8)[1]) == kept)
    }

    @Test("a client that asks for another's reserved address is offered a different one, and gets a NAK if it insists")
    func insists() {
        rig.reserve([mac(1): kept])
        let stranger = TestClient(2, on: rig)
        #expect(stranger.offer(requesting: kept) != kept)
        #expect(stranger.select(kept).answer?.messageType == .nak)
        #expect(rig.state(kept) == .free)
    }

    @Test("a lease of an address that becomes reserved can be renewed; later the reservation's client gets the address")
    func promise() {
        let former = TestClient(2, on: rig)
        #expect(former.lease(requesting: kept) == kept)
        rig.reserve([mac(1): kept])
        #expect(former.renew(kept).answer?.messageType == .ack)
        #expect(TestClient(1, on: rig).offer() != kept)
        former.release(kept)
        rig.commit()
        #expect(former.offer() != kept)
        #expect(former.reboot(kept).answer?.messageType != .ack)
        let owner = TestClient(1, on: rig)
        rig.wait(seconds: 61)
        #expect(owner.offer() == kept)
    }

    @Test("an offer of an address that is then reserved for another client is not granted")
    func offerFromBefore() {
        let former = TestClient(2, on: rig)
        #expect(former.offer(requesting: kept) == kept)
        rig.reserve([mac(1): kept])
        #expect(former.select(kept).answer?.messageType == .nak)
    }

    @Test("a client without a lease gets its reserved address, not its former one")
    func leaves() {
        let client = TestClient(1, on: rig)
        let former = client.lease()
        client.release(former)
        rig.commit()
        rig.reserve([mac(1): kept])
        #expect(client.offer() == kept)
    }

    @Test("a client with a lease of another address keeps it until the lease ends")
    func stays() {
        let client = TestClient(1, on: rig)
        let former = client.lease()
        rig.reserve([mac(1): kept])
        #expect(client.offer() == former)
        rig.wait(seconds: 1001)
        rig.commit()
        #expect(client.offer() == kept)
    }

    @Test("a reload of many reservations gives the addresses back bit by bit")
    func manyTakenBack() {
        let count = 600
        let addresses = pool(of: count)
        let rig = EngineRig(addressCount: count)
        rig.reserve(Dictionary(uniqueKeysWithValues: addresses.enumerated().map { (mac($0.offset), $0.element) }))
        while rig.table.takeAvailable() != nil {}
        let policy = ClientPolicy(
            generation: 3, times: rig.configuration.policy.times, everyone: rig.configuration.policy.everyone)
        let worker = rig.rigWorkers[0]
        worker.handler.engine.adopt(policy)
        var returned: [Int] = []
        while worker.handler.engine.hasAddressesToReturn {
            worker.handler.engine.returnAddresses()
            var found = 0
            while rig.table.takeAvailable() != nil { found += 1 }
            returned.append(found)
        }
        #expect(returned == [256, 256, 88])
    }

    @Test("an address whose reservation is removed is free for all clients again")
    func takenBack() {
        rig.reserve([mac(99): kept])
        for number in 1...7 { TestClient(number, on: rig).lease() }
        #expect(TestClient(8, on: rig).discover() == .silent(.poolExhausted))
        rig.reserve([:])
        #expect(TestClient(8, on: rig).offer() == kept)
    }

    @Test("a dry pool takes back old offers, but not those of reserved addresses", arguments: [1, 2])
    func reclaim(workerCount: Int) {
        let rig = EngineRig(addressCount: 2, workerCount: workerCount)
        let (own, other) = (pool(of: 2)[0], pool(of: 2)[1])
        rig.reserve([mac(1): own])
        #expect(TestClient(1, on: rig).offer() == own)
        #expect(TestClient(2, on: rig).offer() == other)
        rig.wait(seconds: 10)
        #expect(TestClient(4, on: rig).offer() == other)
        rig.wait(seconds: 1)
        #expect(TestClient(6, on: rig).discover() == .silent(.poolExhausted))
        #expect(rig.slot(own).owner.client == mac(1))
    }
}

@Suite("Leases that control makes before the client asks")
struct EarlyLeaseTests {
    private let rig = EngineRig()

    @Test("the client's DISCOVER is answered with the address, and its REQUEST needs no disk write")
    func answered() {
        guard case .commit(let change) = rig.order(leaseTo: mac(1)) else {
            Issue.record("the lease was not granted")
            return
        }
        #expect(!change.hasReply && change.kind == .bind)
        rig.commit()
        #expect(rig.state(change.address) == .bound)
        let client = TestClient(1, on: rig)
        #expect(client.offer() == change.address)
        #expect(client.select(change.address).answer?.messageType == .ack)
        #expect(rig.inFlight.isEmpty)
    }

    @Test("the client gets the address that the order names")
    func chosen() {
        let wish = pool(of: 8)[6]
        rig.order(leaseTo: mac(1), wish)
        rig.commit()
        #expect(rig.slot(wish).owner.client == mac(1) && rig.state(wish) == .bound)
        #expect(TestClient(2, on: rig).offer(requesting: wish) != wish)
    }

    @Test("an order without an address leases the reserved one")
    func reserved() {
        rig.reserve([mac(1): pool(of: 8)[5]])
        rig.order(leaseTo: mac(1))
        rig.commit()
        #expect(rig.state(pool(of: 8)[5]) == .bound)
    }

    @Test("an order for a client that already has a lease returns that lease, once it is durable")
    func held() {
        let address = TestClient(1, on: rig).lease()
        guard case .held(let slotIndex) = rig.order(leaseTo: mac(1), address) else {
            Issue.record("the client does not hold the address")
            return
        }
        #expect(rig.table.address(of: slotIndex) == address)
        guard case .commit(let change) = rig.order(leaseTo: mac(2)) else {
            Issue.record("the lease was not granted")
            return
        }
        guard case .changeInFlight = rig.order(leaseTo: mac(2)) else {
            Issue.record("the order does not wait for the change in flight")
            return
        }
        rig.commit()
        guard case .held(Int(change.slotIndex)) = rig.order(leaseTo: mac(2)) else {
            Issue.record("the client does not hold the address")
            return
        }
    }

    @Test("an order for an address that is not available is refused, and nothing changes")
    func refused() {
        let other = TestClient(2, on: rig).lease()
        let own = TestClient(1, on: rig).lease()
        rig.reserve([mac(3): pool(of: 8)[7]])
        let free = pool(of: 8)[6]
        guard case .taken = rig.order(leaseTo: mac(4), other), case .taken = rig.order(leaseTo: mac(4), pool(of: 8)[7]),
            case .hasOther(own) = rig.order(leaseTo: mac(1), free),
            case .outsidePool = rig.order(leaseTo: mac(4), IPv4Address(192, 0, 2, 1))
        else {
            Issue.record("an order was not refused")
            return
        }
        #expect(rig.inFlight.isEmpty)
        for number in 5...9 { TestClient(number, on: rig).lease() }
        guard case .exhausted = rig.order(leaseTo: mac(10)) else {
            Issue.record("the pool is not dry")
            return
        }
    }

    @Test("when the commit fails, the address stays available")
    func diskRefuses() {
        rig.order(leaseTo: mac(1), pool(of: 8)[3])
        rig.commit(isDurable: false)
        #expect(rig.state(pool(of: 8)[3]).isAvailable)
        #expect(TestClient(2, on: rig).offer(requesting: pool(of: 8)[3]) == pool(of: 8)[3])
    }
}
