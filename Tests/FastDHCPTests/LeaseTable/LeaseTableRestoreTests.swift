import Addresses
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

    @Test("a binding is bound, as on disk, to the worker that serves its client")
    func restored() {
        #expect(table.restore(lease(pool(of: 2)[1], of: 1), worker: 3))
        let slot = table.read(1)
        #expect(slot?.holder == Holder(client: mac(1), worker: 3, state: .bound))
        #expect(slot?.durable.holder == slot?.holder)
        #expect(slot?.deadline == BootTime(milliseconds: 7))
        #expect(table.slotIndex(heldBy: mac(1)) == 1)
    }

    @Test("its address is not given out, and comes back to the queue when it ends")
    func queued() {
        _ = table.restore(lease(pool(of: 2)[0], of: 1), worker: 0)
        #expect(table.takeAvailable()?.slotIndex == 1)
        #expect(table.takeAvailable() == nil)
    }

    @Test("an address that is outside of the pool, or restored before, is refused and changes nothing")
    func refused() {
        #expect(!table.restore(lease(IPv4Address(10, 9, 9, 9), of: 1), worker: 0))
        #expect(table.restore(lease(pool(of: 2)[0], of: 1), worker: 0))
        #expect(!table.restore(lease(pool(of: 2)[0], of: 2), worker: 0))
        #expect(table.read(0)?.holder.client == mac(1))
    }
}
