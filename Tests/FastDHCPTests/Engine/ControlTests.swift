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

    @Test("a release waits for the commit of its lease, and ends the lease once it is durable")
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

    @Test("a release that cannot be made durable changes nothing")
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

    @Test("can be renewed, in INIT-REBOOT as well as in RENEWING")
    func renewed() {
        let rig = rig(deadline: start + 500_000, holdUntil: start + 500_000)
        #expect(TestClient(1, on: rig).reboot(address) == .committing)
        rig.commit()
        #expect(TestClient(1, on: rig).renew(address).messageType == .ack)
    }

    /// A crash in the middle of a move leaves both leases, and a wall clock that was set back leaves their order
    /// unknown.
    @Test("keep both addresses of a client that moved, whichever it uses", arguments: [0, 1])
    func halfMoved(used: Int) {
        let addresses = pool(of: 2)
        let restored = [500_000, 900_000].enumerated().map { index, left in
            RestoredLease(
                address: addresses[index], client: mac(1), deadline: start + UInt64(left),
                holdUntil: start + UInt64(left))
        }
        func rig() -> EngineRig { EngineRig(addressCount: 2, restored: restored) }
        let address = addresses[used]
        let other = addresses[1 - used]

        var rigs = [rig(), rig(), rig()]
        #expect(TestClient(1, on: rigs[0]).renew(address) == .committing)
        #expect(TestClient(1, on: rigs[1]).reboot(address) == .committing)
        #expect(TestClient(1, on: rigs[2]).select(address) == .committing)
        for rig in rigs {
            rig.commit()
            #expect(rig.state(address) == .bound)
            #expect(TestClient(2, on: rig).renew(address).messageType == .nak)
        }
        rigs = [rig(), rig()]
        #expect(TestClient(1, on: rigs[0]).release(address) == .committing)
        #expect(TestClient(1, on: rigs[1]).decline(address) == .committing)
        for rig in rigs {
            rig.commit()
            #expect(rig.state(address) != .bound)
            #expect(rig.state(other) == .bound)
        }
    }

    @Test("last until holdUntil, the latest end that their client can have been told")
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
