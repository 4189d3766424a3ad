import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Lease table: addresses and reading")
struct LeaseTableTests {
    @Test("slots are in the order of their addresses, whatever the order of the pool")
    func order() {
        let table = LeaseTable(pool: [IPv4Address(10, 0, 0, 9), IPv4Address(10, 0, 0, 2), IPv4Address(10, 0, 0, 5)])
        #expect(table.count == 3)
        #expect(
            (0..<3).map { table.address(of: $0) } == [
                IPv4Address(10, 0, 0, 2), IPv4Address(10, 0, 0, 5), IPv4Address(10, 0, 0, 9),
            ])
    }

    @Test("an address has a slot only if the pool has it", arguments: [1, 2, 3, 16, 17])
    func lookup(count: UInt32) {
        let first = IPv4Address(10, 0, 0, 2).rawValue
        // Every other address, so that the gaps are looked up too.
        let pool = (0..<count).map { IPv4Address(rawValue: first + $0 * 2) }
        let table = LeaseTable(pool: pool)
        for (slotIndex, address) in pool.enumerated() {
            #expect(table.slotIndex(of: address) == slotIndex)
            #expect(table.slotIndex(of: IPv4Address(rawValue: address.rawValue + 1)) == nil)
        }
        for stranger in [.unspecified, .broadcast, IPv4Address(rawValue: first - 1), IPv4Address(10, 1, 0, 2)] {
            #expect(table.slotIndex(of: stranger) == nil)
        }
    }

    @Test("a pool may start at 0.0.0.0 and end at 255.255.255.255")
    func extremes() {
        #expect(LeaseTable(pool: [.unspecified]).slotIndex(of: .broadcast) == nil)
        #expect(LeaseTable(pool: [.broadcast]).slotIndex(of: .broadcast) == 0)
        #expect(LeaseTable(pool: [.broadcast]).slotIndex(of: .unspecified) == nil)
    }

    @Test("a pool that is empty, names an address twice or spans more than a /8 ends the process")
    func badPools() async {
        await #expect(processExitsWith: .failure) { _ = LeaseTable(pool: []) }
        await #expect(processExitsWith: .failure) { _ = LeaseTable(pool: [.broadcast, .broadcast]) }
        await #expect(processExitsWith: .failure) { _ = LeaseTable(pool: [.unspecified, .broadcast]) }
    }

    @Test("a new table has free slots only, and nothing on disk")
    func blank() {
        let table = LeaseTable(pool: pool(of: 5))
        #expect(table.stateCounts() == [5, 0, 0, 0, 0, 0])
        for slotIndex in 0..<5 {
            #expect(table.read(slotIndex)?.owner == SlotOwner(rawValue: 0))
            #expect(table.read(slotIndex)?.durable == DurableBinding.none)
        }
    }

    @Test("the slots are counted by state")
    func counts() {
        let table = LeaseTable(pool: pool(of: 8))
        for (slotIndex, state) in [LeaseState.offered, .bound, .bound, .declined, .expired].enumerated() {
            table.set(slotIndex, to: SlotOwner(client: mac(slotIndex), worker: 0, state: state))
        }
        #expect(table.stateCounts() == [3, 1, 2, 1, 1, 0])
    }

    @Test("a client's present address is found; its former ones do not hide it")
    func heldBy() {
        let table = LeaseTable(pool: pool(of: 4))
        #expect(table.slotIndex(heldBy: mac(1)) == nil)
        table.set(0, to: SlotOwner(client: mac(1), worker: 0, state: .expired))
        table.set(1, to: SlotOwner(client: mac(1), worker: 0, state: .declined))
        #expect(table.slotIndex(heldBy: mac(1)) == nil)
        table.set(2, to: SlotOwner(client: mac(1), worker: 0, state: .bound))
        #expect(table.slotIndex(heldBy: mac(1)) == 2)
        table.set(2, to: SlotOwner(client: mac(1), worker: 0, state: .offered))
        #expect(table.slotIndex(heldBy: mac(1)) == 2)
        #expect(table.slotIndex(heldBy: .zero) == nil)
    }
}

/// 10.0.0.2 and the following addresses.
func pool(of count: Int) -> [IPv4Address] {
    (0..<UInt32(count)).map { IPv4Address(rawValue: IPv4Address(10, 0, 0, 2).rawValue + $0) }
}

/// The hardware address of the client with that number.
func mac(_ number: Int) -> MACAddress { MACAddress(rawValue: 0x0200_0000_0000 + UInt64(number)) }

extension LeaseTable {
    /// Gives a slot another owner, whoever has it.
    func set(_ slotIndex: Int, to owner: SlotOwner, deadline: BootTime = BootTime(milliseconds: 0)) {
        guard let slot = read(slotIndex) else { return }
        let isChanged = update(slotIndex, ifHeldAs: slot.owner) { slot in
            slot.owner = owner
            slot.deadline = deadline
        }
        precondition(isChanged, "nobody else changes the slot")
    }
}
