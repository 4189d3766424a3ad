import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Leases and their commits")
struct BindingTests {
    private let rig = EngineRig(addressCount: 4)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("an ACK leaves only after its binding is committed, and the change holds what a restart must know")
    func afterCommit() throws {
        let address = client.offer()
        #expect(client.select(address) == .committing)
        let change = try #require(rig.inFlight.first)
        #expect(change.kind == .bind)
        #expect(change.sequence == 1)
        #expect(change.hasReply)
        #expect(change.address == address)
        #expect(change.client == client.mac)
        #expect(change.deadline == rig.now + 1_000_000)
        #expect(change.holdUntil == rig.now + 1_250_000)
        let ack = try #require(rig.commit().first)
        #expect(ack.messageType == .ack)
        #expect(ack.yiaddr == address)
        #expect(ack.siaddr == EngineRig.server)
        #expect(ack.leaseSeconds == 1000)
        #expect(
            rig.slot(address).durable
                == DurableBinding(
                    owner: rig.slot(address).owner, deadline: change.deadline, holdUntil: change.holdUntil))
    }

    @Test("when the commit fails there is no ACK, and the address is as it was on disk")
    func failed() {
        let address = client.offer()
        client.select(address)
        #expect(rig.commit(isDurable: false).isEmpty)
        #expect(rig.state(address) == .free)
        #expect(rig.slot(address).owner.isAvailable)
        #expect(client.select(address) == .committing, "as it does when it asks once more")
        #expect(rig.commit().map(\.yiaddr) == [address])
    }

    @Test("when a new lease fails, the expired address remembers its former client again")
    func failedAfterExpiry() {
        let rig = EngineRig(addressCount: 1)
        let address = TestClient(1, on: rig).lease()
        TestClient(1, on: rig).release(address)
        rig.commit()
        TestClient(2, on: rig).select(address)
        rig.commit(isDurable: false)
        #expect(rig.slot(address).owner == SlotOwner(client: mac(1), worker: 0, state: .expired))
        #expect(TestClient(2, on: rig).renew(address) == .committing)
    }

    @Test("a renewal that the journal already covers is answered at once; the first one beyond it is committed")
    func holdUntil() {
        let address = client.lease()
        rig.wait(seconds: 250)
        #expect(client.renew(address).messageType == .ack)
        #expect(rig.inFlight.isEmpty)
        rig.wait(milliseconds: 1)
        #expect(client.renew(address) == .committing)
        #expect(rig.commit().map(\.messageType) == [.ack])
        #expect(rig.slot(address).durable.holdUntil == rig.now + 1_250_000)
    }

    @Test("a renewal at half of the lease, as clients do it, is committed")
    func halfTime() {
        let address = client.lease()
        rig.wait(seconds: 500)
        #expect(client.renew(address) == .committing)
    }

    @Test("a renewed lease ends when the latest ACK said")
    func renewedEnd() {
        let address = client.lease()
        rig.wait(seconds: 200)
        client.renew(address)
        rig.wait(seconds: 999)
        #expect(rig.inFlight.isEmpty)
        rig.wait(seconds: 2)
        #expect(rig.inFlight.map(\.kind) == [.expire])
    }

    @Test("a failed renewal does not shorten what the client was told before")
    func failedRenewal() {
        let address = client.lease()
        rig.wait(seconds: 200)
        #expect(client.renew(address).messageType == .ack)
        rig.wait(seconds: 400)
        #expect(client.renew(address) == .committing)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .bound)
        rig.wait(seconds: 599)
        #expect(rig.inFlight.isEmpty, "the client was told 1200 s")
        rig.wait(seconds: 3)
        #expect(rig.inFlight.map(\.kind) == [.expire])
    }

    @Test(
        "a repeated REQUEST waits for the binding in flight, and both are answered in order"
    )
    func duplicate() {
        let address = client.offer()
        client.select(address)
        #expect(client.select(address) == .deferred(replacing: nil))
        #expect(rig.inFlight.count == 1)
        #expect(rig.commitOldest().reply?.messageType == .ack)
        #expect(rig.inFlight.isEmpty, "the second one relies on the same commit")
        #expect(rig.commit().map(\.yiaddr) == [address, address])
        #expect(rig.state(address) == .bound)
        #expect(!rig.slot(address).owner.isPending)
    }

    @Test(
        "when the first commit fails, the REQUEST that waited starts its own", arguments: [false, true],
        [false, true])
    func duplicateFailing(first: Bool, second: Bool) {
        let address = client.offer()
        client.select(address)
        client.select(address)
        rig.commitOldest(isDurable: first)
        rig.commit(isDurable: second)
        #expect(rig.state(address) == (first || second ? .bound : .free))
        #expect(!rig.slot(address).owner.isPending)
    }

    @Test(
        "a release waits for the binding in flight; a failed commit changes nothing", arguments: [false, true],
        [false, true])
    func releaseBehindBinding(isBound: Bool, isReleased: Bool) {
        let address = client.offer()
        client.select(address)
        #expect(client.release(address) == .deferred(replacing: nil))
        rig.commitOldest(isDurable: isBound)
        #expect(rig.inFlight.map(\.kind) == (isBound ? [.release] : []))
        rig.commit(isDurable: isReleased)
        #expect(rig.state(address) == (isBound ? (isReleased ? .expired : .bound) : .free))
    }

    @Test("an infinite lease is announced as such, never ends, and is written once")
    func infinite() throws {
        let rig = EngineRig { $0.setLease(seconds: .max) }
        let client = TestClient(1, on: rig)
        let offer = try #require(client.discover().answer)
        #expect(offer.leaseSeconds == .max)
        #expect(offer.renewalSeconds == .max)
        #expect(offer.rebindingSeconds == .max)
        client.select(offer.yiaddr)
        #expect(rig.inFlight.map(\.holdUntil) == [.never])
        rig.commit()
        for _ in 0..<10 {
            rig.wait(seconds: 86_400 * 365)
            #expect(rig.state(offer.yiaddr) == .bound)
            #expect(client.renew(offer.yiaddr).messageType == .ack)
        }
        #expect(rig.inFlight.isEmpty)
    }

    @Test("a lease time above 2³¹ − 1 s is cut to that, for clients that read it as signed")
    func longLease() {
        let configuration = EngineConfiguration(
            serverAddress: EngineRig.server, subnet: EngineRig.subnet, leaseSeconds: .max - 1,
            options: EngineRig.options)
        #expect(configuration.leaseSeconds == 0x7FFF_FFFF)
    }

    @Test("while the committer has no room for two changes, messages that may need them get no reply")
    func busy() {
        let address = client.lease()
        rig.commitRoom = 1
        #expect(client.renew(address) == .silent(.committerBusy))
        #expect(client.release(address) == .silent(.committerBusy))
        #expect(client.decline(address) == .silent(.committerBusy))
        rig.commitRoom = 2
        #expect(client.renew(address).messageType == .ack)
    }
}

@Suite("A client that moves to another address")
struct MovingTests {
    private let rig = EngineRig(addressCount: 4)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("gives up its former address: both changes are committed, and then the ACK leaves")
    func frees() throws {
        let old = client.lease()
        let new = pool(of: 4)[2]
        #expect(client.select(new) == .committing)
        #expect(rig.inFlight.map(\.kind) == [.release, .bind])
        #expect(rig.inFlight.map(\.hasReply) == [false, true])
        #expect(!rig.slot(old).owner.isAvailable)
        #expect(rig.commit().map(\.yiaddr) == [new])
        #expect(rig.slot(old).owner.isAvailable)
        #expect(rig.state(new) == .bound)
        #expect(client.offer() == new)
    }

    @Test("gives up an offer at once, without a commit")
    func freesOffer() {
        let old = client.offer()
        client.select(pool(of: 4)[2])
        #expect(rig.inFlight.map(\.kind) == [.bind])
        #expect(rig.slot(old).owner.isAvailable)
    }

    @Test("keeps the addresses that the outcome of each commit leaves it", arguments: [false, true], [false, true])
    func failures(isReleased: Bool, isBound: Bool) {
        let old = client.lease()
        let new = pool(of: 4)[2]
        client.select(new)
        rig.commitOldest(isDurable: isReleased)
        rig.commitOldest(isDurable: isBound)
        #expect(rig.state(old) == (isReleased ? .expired : .bound))
        #expect(rig.state(new) == (isBound ? .bound : .free))
        // Whatever happened, the client can start again, and nothing is left over when all leases have ended.
        client.select(client.offer())
        rig.commit()
        rig.wait(seconds: 1002)
        rig.commit()
        #expect(rig.table.stateCounts()[Int(LeaseState.bound.rawValue)] == 0)
    }

    @Test("waits for the commit of its first lease if that is in flight")
    func whileBinding() {
        let old = client.offer()
        client.select(old)
        let new = pool(of: 4)[2]
        #expect(client.select(new) == .deferred(replacing: nil))
        rig.commitOldest()
        #expect(rig.inFlight.map(\.kind) == [.release, .bind])
        rig.commit()
        #expect(rig.slot(old).owner.isAvailable)
        #expect(rig.state(new) == .bound)
    }

    @Test("after a failed release, a renewal is written again, because the disk may hold the release all the same")
    func renewalAfterFailedRelease() {
        let address = client.lease()
        client.release(address)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .bound)
        #expect(client.renew(address) == .committing)
    }

    @Test("an address whose release failed is not the client's present one again when the client has another")
    func formerAddress() throws {
        let former = client.lease()
        let present = try #require(pool(of: 4).first { $0 != former })
        #expect(client.select(present) == .committing)
        rig.commitOldest(isDurable: false)
        rig.commit()
        #expect(rig.slot(former).owner.state == .bound)
        rig.wait(seconds: 2)
        #expect(rig.inFlight.map(\.address) == [former], "it is ended as soon as the disk takes it")
        rig.commit(isDurable: false)
        #expect(rig.indexedSlot(of: client.mac) == rig.table.slotIndex(of: present))
    }
}
