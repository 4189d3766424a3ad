import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Lease table: bindings from before the start")
struct LeaseTableRestoreTests {
    private let table = LeaseTable(pool: pool(of: 2))

    private func lease(_ address: IPv4Address, of client: Int) -> RestoredLease {
        RestoredLease(
            address: address, client: mac(client), deadline: BootTime(milliseconds: 5),
            holdUntil: BootTime(milliseconds: 7))
    }

    private func restore(_ lease: RestoredLease..., worker: Int = 0) -> Int { table.restore(lease) { _ in worker } }

    @Test("a restored binding is bound and durable, and belongs to the worker that serves its client")
    func restored() {
        #expect(restore(lease(pool(of: 2)[1], of: 1), worker: 3) == 1)
        let slot = table.read(1)
        #expect(slot?.owner == SlotOwner(client: mac(1), worker: 3, state: .bound))
        #expect(slot?.durable.owner == slot?.owner)
        #expect(slot?.deadline == BootTime(milliseconds: 7))
        #expect(table.slotIndex(heldBy: mac(1)) == 1)
    }

    @Test("its address is not given out")
    func queued() {
        _ = restore(lease(pool(of: 2)[0], of: 1))
        #expect(table.takeAvailable()?.slotIndex == 1)
        #expect(table.takeAvailable() == nil)
    }

    @Test("an address that is outside of the pool, or restored before, is refused and changes nothing")
    func refused() {
        #expect(restore(lease(IPv4Address(10, 9, 9, 9), of: 1)) == 0)
        #expect(restore(lease(pool(of: 2)[0], of: 1)) == 1)
        #expect(restore(lease(pool(of: 2)[0], of: 2)) == 0)
        #expect(table.read(0)?.owner.client == mac(1))
    }

    @Test("never-used addresses come first, then ended ones, oldest first; quarantined and declined ones do not come")
    func order() {
        let addresses = pool(of: 6)
        let table = LeaseTable(pool: addresses)
        func known(_ state: LeaseState, _ index: Int, ended: UInt64) -> RestoredLease {
            let end = BootTime(milliseconds: ended)
            return RestoredLease(state, address: addresses[index], client: mac(index), deadline: end, holdUntil: end)
        }
        let boundCount = table.restore([
            known(.expired, 0, ended: 900), known(.quarantined, 1, ended: 5000), known(.expired, 2, ended: 100),
            known(.declined, 3, ended: 5000), known(.expired, 5, ended: 500),
        ]) { _ in 0 }
        #expect(boundCount == 0)
        var order: [Int] = []
        while let (slotIndex, _) = table.takeAvailable() { order.append(slotIndex) }
        #expect(order == [4, 2, 5, 0])
    }
}
