import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Orders of the control side")
struct ControlTests {
    private let rig = EngineRig(addressCount: 2)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("a client without an address has nothing to give back")
    func nothing() {
        #expect(rig.order(releaseOf: client.mac) == .nothingHeld)
        client.lease()
        #expect(rig.order(releaseOf: mac(2)) == .nothingHeld)
    }

    @Test("an offer is withdrawn at once")
    func offer() {
        let address = client.offer()
        #expect(rig.order(releaseOf: client.mac) == .withdrawn)
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("a lease ends when that is durable, once its own commit is decided")
    func lease() {
        let address = client.offer()
        client.select(address)
        #expect(rig.order(releaseOf: client.mac) == .changeInFlight)
        rig.commit()
        #expect(rig.order(releaseOf: client.mac) == .committing)
        #expect(!rig.slot(address).owner.isAvailable)
        rig.commit()
        #expect(rig.slot(address).owner.isAvailable)
        #expect(rig.order(releaseOf: client.mac) == .nothingHeld)
    }

    @Test("a second order waits for the removal in flight")
    func twice() {
        client.lease()
        #expect(rig.order(releaseOf: client.mac) == .committing)
        #expect(rig.order(releaseOf: client.mac) == .changeInFlight)
        rig.commit()
        #expect(rig.order(releaseOf: client.mac) == .nothingHeld)
    }

    @Test("when it cannot be made durable nothing has changed")
    func failed() {
        let address = client.lease()
        rig.order(releaseOf: client.mac)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .bound)
        #expect(client.renew(address) == .committing)
        #expect(rig.commit().map(\.yiaddr) == [address])
    }
}

@Suite("Leases from before the start")
struct RestoredLeaseTests {
    private let address = pool(of: 2)[0]
    private let start = EngineRig.start

    private func rig(deadline: BootTime, holdUntil: BootTime) -> EngineRig {
        let lease = RestoredLease(address: address, client: mac(1), deadline: deadline, holdUntil: holdUntil)
        return EngineRig(addressCount: 2, restored: [lease])
    }

    @Test("keep their client and their end")
    func kept() {
        let rig = rig(deadline: start + 500_000, holdUntil: start + 500_000)
        #expect(rig.state(address) == .bound)
        #expect(TestClient(2, on: rig).offer(requesting: address) != address)
        #expect(TestClient(2, on: rig).renew(address).messageType == .nak)
        #expect(TestClient(1, on: rig).offer() == address)
        rig.wait(seconds: 499)
        #expect(rig.inFlight.isEmpty)
        rig.wait(seconds: 2)
        #expect(rig.inFlight.map(\.kind) == [.expire])
        rig.commit()
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("can be renewed, by a client that remembers them as well as by one that uses them")
    func renewed() {
        let rig = rig(deadline: start + 500_000, holdUntil: start + 500_000)
        #expect(TestClient(1, on: rig).reboot(address) == .committing)
        rig.commit()
        #expect(TestClient(1, on: rig).renew(address).messageType == .ack)
    }

    @Test("last as long as their client can have been told: until holdUntil")
    func holdUntil() {
        let rig = rig(deadline: start + 500_000, holdUntil: start + 750_000)
        rig.wait(seconds: 749)
        #expect(rig.state(address) == .bound)
        #expect(rig.inFlight.isEmpty)
        rig.wait(seconds: 3)
        #expect(rig.inFlight.map(\.kind) == [.expire])
    }

    @Test("that are over already end at once, through the committer")
    func over() {
        let rig = rig(deadline: BootTime(milliseconds: 0), holdUntil: BootTime(milliseconds: 0))
        #expect(!rig.slot(address).owner.isAvailable)
        rig.wait(seconds: 2)
        #expect(rig.inFlight.map(\.kind) == [.expire])
    }
}
