import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

/// Addresses whose records were damaged; some have a client that the lease file names.
@Suite("Quarantined addresses")
struct QuarantineTests {
    private static let addresses = pool(of: 3)
    private let address = addresses[0]
    private let start = EngineRig.start

    private func rig(
        named client: MACAddress = mac(1), others: [RestoredLease] = [],
        _ configure: (inout EngineConfiguration) -> Void = { _ in }
    ) -> EngineRig {
        let end = start + 500_000
        let quarantined = RestoredLease(.quarantined, address: address, client: client, deadline: end, holdUntil: end)
        return EngineRig(addressCount: 3, restored: [quarantined] + others, configure)
    }

    /// The ways to ask for an address, by the states of RFC 2131.
    private static let questions: [@Sendable (TestClient, IPv4Address) -> EngineRig.Outcome] = [
        { $0.select($1) }, { $0.reboot($1) }, { $0.renew($1) },
    ]

    @Test("go back to the client that the lease file names when it asks for them", arguments: 0..<3)
    func named(question: Int) {
        let rig = rig()
        let (client, other) = (TestClient(1, on: rig), TestClient(2, on: rig))
        for ask in Self.questions { #expect(ask(other, address) == .silent(.quarantined)) }
        #expect(Self.questions[question](client, address) == .committing)
        #expect(rig.commit().map(\.yiaddr) == [address])
        #expect(rig.state(address) == .bound)
        #expect(client.renew(address).messageType == .ack)
        #expect(other.renew(address).messageType == .nak)
    }

    @Test("are silent to everybody when the lease file names nobody, and are never offered")
    func unnamed() {
        let rig = rig(named: .zero)
        let client = TestClient(1, on: rig)
        for ask in Self.questions { #expect(ask(client, address) == .silent(.quarantined)) }
        #expect(client.offer(requesting: address) != address)
    }

    @Test("are silent to the client that the lease file names when it has another lease", arguments: 0..<3)
    func elsewhere(question: Int) {
        let end = start + 500_000
        let other = RestoredLease(address: Self.addresses[1], client: mac(1), deadline: end, holdUntil: end)
        let rig = rig(others: [other])
        #expect(Self.questions[question](TestClient(1, on: rig), address) == .silent(.quarantined))
        #expect(rig.state(other.address) == .bound)
    }

    @Test("go back to their client though it was offered another, or the address is reserved by now")
    func offered() {
        let rig = rig()
        let client = TestClient(1, on: rig)
        rig.reserve([mac(2): address])
        let other = client.offer()
        #expect(client.reboot(address) == .committing)
        rig.commit()
        #expect(rig.state(address) == .bound)
        #expect(rig.slot(other).owner.isAvailable)
    }

    @Test("stay quarantined when the disk refuses, and their client is free to take another")
    func refused() {
        let rig = rig()
        let client = TestClient(1, on: rig)
        client.renew(address)
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .quarantined)
        #expect(rig.indexedSlot(of: mac(1)) == nil)
        #expect(client.renew(address) == .committing)
        rig.commit(isDurable: false)
        let other = client.lease()
        #expect(other != address && rig.state(other) == .bound)
        rig.wait(seconds: 501)
        rig.commit()
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("are freed by hand, once that is durable", arguments: [mac(1), .zero])
    func freed(client: MACAddress) {
        let rig = rig(named: client)
        rig.order(freeing: address)
        #expect(rig.inFlight.map(\.kind) == [.release])
        guard case .changeInFlight = rig.order(freeing: address) else {
            Issue.record("it was freed twice")
            return
        }
        rig.commit(isDurable: false)
        #expect(rig.state(address) == .quarantined)
        rig.order(freeing: address)
        rig.commit()
        #expect(rig.slot(address).owner.isAvailable)
        guard case .available = rig.order(freeing: address) else {
            Issue.record("it is not available")
            return
        }
        #expect(TestClient(2, on: rig).offer(requesting: address) == address)
    }

    @Test("a declined address is freed by hand, too, and does not count against its client any more")
    func declined() {
        let rig = EngineRig(addressCount: 3)
        let client = TestClient(1, on: rig)
        let address = client.lease()
        client.decline(address)
        guard case .changeInFlight = rig.order(freeing: address) else {
            Issue.record("it did not wait")
            return
        }
        rig.commit()
        #expect(rig.declinedCount(of: mac(1)) == 1)
        rig.order(freeing: address)
        rig.commit()
        #expect(rig.slot(address).owner.isAvailable && rig.declinedCount(of: mac(1)) == 0)
    }

    @Test("what a client has is not freed, and the answer names the client")
    func held() {
        let rig = EngineRig(addressCount: 3)
        let offered = TestClient(1, on: rig).offer()
        let leased = TestClient(2, on: rig).lease()
        for (address, owner) in [(offered, mac(1)), (leased, mac(2))] {
            guard case .held(owner) = rig.order(freeing: address) else {
                Issue.record("\(address) was freed")
                return
            }
        }
        guard case .outsidePool = rig.order(freeing: IPv4Address(192, 0, 2, 1)) else {
            Issue.record("an address from elsewhere was freed")
            return
        }
        #expect(rig.inFlight.isEmpty)
    }
}
