import Addresses
import Testing

@testable import FastDHCP

@Suite("Offers and leases that end by themselves")
struct ExpiryTests {
    private let rig = EngineRig(addressCount: 4)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("an offer ends after 60 s, without a commit")
    func offer() {
        let address = client.offer()
        rig.wait(milliseconds: 59_999)
        #expect(rig.state(address) == .offered)
        rig.wait(milliseconds: 1)
        #expect(rig.state(address) == .expired)
        #expect(rig.inFlight.isEmpty)
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("a lease is ended through the committer, within 2 s after its end and never before")
    func lease() {
        let address = client.lease()
        rig.wait(milliseconds: 999_999)
        #expect(rig.inFlight.isEmpty)
        for _ in 0..<2 { rig.wait(milliseconds: 1000) }
        #expect(rig.inFlight.map(\.kind) == [.expire])
        #expect(!rig.slot(address).owner.isAvailable, "its removal is not durable yet")
        rig.commit()
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("a client that renews while its expiry is in flight keeps its address")
    func rescued() {
        let address = client.lease()
        rig.wait(seconds: 1002)
        #expect(client.renew(address) == .deferred(replacing: nil))
        #expect(rig.commit().map(\.messageType) == [.ack])
        #expect(rig.state(address) == .bound)
        rig.wait(seconds: 500)
        #expect(rig.inFlight.isEmpty)
    }

    @Test(
        "a lease longer than one turn of the wheel, 68 min, ends when it should", arguments: [4095, 4096, 4097, 50_000])
    func beyondTheWheel(leaseSeconds: UInt32) {
        let rig = EngineRig { $0.setLease(seconds: leaseSeconds) }
        TestClient(1, on: rig).lease()
        for _ in 0..<leaseSeconds - 1 {
            rig.wait(seconds: 1)
            guard rig.inFlight.isEmpty else { break }
        }
        #expect(rig.inFlight.isEmpty)
        rig.wait(seconds: 1)
        rig.wait(seconds: 1)
        #expect(rig.inFlight.map(\.kind) == [.expire])
    }

    @Test("leases that ran out during a suspension are ended", arguments: [100, 4095, 4096, 4097, 1_000_000])
    func clockJump(seconds: UInt64) {
        let rig = EngineRig(addressCount: 50) { $0.setLease(seconds: 90) }
        for number in 0..<50 {
            TestClient(number, on: rig).lease()
            rig.wait(milliseconds: 130)
        }
        rig.wait(seconds: seconds)
        // Leases in the bucket of the present second are left for the next look.
        rig.wait(seconds: 1)
        #expect(rig.inFlight.count == 50)
        rig.commit()
        #expect(rig.table.stateCounts()[Int(LeaseState.expired.rawValue)] == 50)
    }

    @Test("leases that the committer has no room for are ended by a later look")
    func noRoom() {
        for number in 1...4 { TestClient(number, on: rig).lease() }
        rig.commitRoom = 3
        rig.wait(seconds: 1002)
        #expect(rig.inFlight.count == 3)
        #expect(!rig.tick() || rig.inFlight.count == 4)
        rig.commit()
        rig.tick()
        rig.commit()
        #expect(rig.table.stateCounts()[Int(LeaseState.expired.rawValue)] == 4)
    }

    @Test("an expiry that could not be made durable is tried again soon")
    func failedExpiry() {
        let address = client.lease()
        rig.wait(seconds: 1002)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .bound)
        rig.wait(seconds: 2)
        #expect(rig.inFlight.map(\.kind) == [.expire])
        rig.commit()
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("repeated looks at the same time end nothing twice")
    func standstill() {
        client.lease()
        rig.wait(seconds: 1002)
        rig.tick()
        rig.tick()
        #expect(rig.inFlight.count == 1)
    }
}
