import Addresses
import Testing

@testable import FastDHCP

@Suite("Counts of a pool's addresses")
struct PoolCountsTests {
    private let rig = EngineRig(addressCount: 6)

    private func counts(reserving reservations: [MACAddress: IPv4Address] = [:]) -> PoolCounts {
        rig.table.counts(
            under: ClientPolicy(
                times: rig.configuration.policy.times, everyone: rig.configuration.policy.everyone,
                reservations: reservations.mapValues { ClientPolicy.Reservation(address: $0) }))
    }

    @Test("each address counts once, and as available only if a new client can get it now")
    func once() {
        let addresses = pool(of: 6)
        TestClient(1, on: rig).lease()
        _ = TestClient(2, on: rig).offer()
        TestClient(3, on: rig).decline(TestClient(3, on: rig).lease())
        TestClient(4, on: rig).release(TestClient(4, on: rig).lease())
        rig.commit()
        let reserved = [mac(8): addresses[4], mac(9): addresses[3], mac(7): addresses[0]]
        let counts = counts(reserving: reserved)
        #expect(counts.reserved == 2 && counts.available == 1)
        let states: [LeaseState] = [.free, .offered, .bound, .declined, .expired, .quarantined]
        #expect(states.map { counts[$0] } == [1, 1, 1, 1, 0, 0], "a reserved address that is leased is leased")
        #expect(self.counts().available == 3)
    }

    @Test("an address whose release is not durable yet is not available")
    func leaving() {
        let client = TestClient(1, on: rig)
        client.release(client.lease())
        #expect(counts().available == 5 && counts()[.expired] == 1)
        rig.commit()
        #expect(counts().available == 6)
    }

    @Test("exactly as many new clients are answered as addresses are available", arguments: 0...3)
    func truth(reservedCount: Int) {
        let addresses = pool(of: 6)
        let reserved = (0..<reservedCount).map { (mac(100 + $0), addresses[$0]) }
        let reservations = Dictionary(uniqueKeysWithValues: reserved)
        rig.reserve(reservations)
        let available = counts(reserving: reservations).available
        for number in 0..<available { TestClient(number, on: rig).lease() }
        #expect(TestClient(50, on: rig).discover() == .silent(.poolExhausted))
        #expect(counts(reserving: reservations).available == 0 && available == 6 - reservedCount)
    }
}
