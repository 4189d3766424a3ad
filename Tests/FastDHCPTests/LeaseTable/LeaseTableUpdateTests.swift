import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Lease table: changing a slot")
struct LeaseTableUpdateTests {
    private let table = LeaseTable(pool: pool(of: 2))
    private let free = SlotOwner(rawValue: 0)
    private let offered = SlotOwner(client: mac(1), worker: 0, state: .offered)

    @Test("a change is read back whole")
    func roundTrip() {
        let slot = LeaseSlot(
            owner: offered, deadline: BootTime(milliseconds: 11), changeSequence: 22,
            durable: DurableBinding(
                owner: SlotOwner(client: mac(2), worker: 9, state: .declined), deadline: BootTime(milliseconds: 33),
                holdUntil: .never))
        #expect(table.update(0, ifHeldAs: free) { $0 = slot })
        #expect(table.read(0) == slot)
        #expect(table.read(1)?.owner == free)
    }

    @Test("a change that expects another owner does not happen")
    func mismatch() {
        table.set(0, to: offered)
        let isChanged = table.update(0, ifHeldAs: free) { _ in Issue.record("the slot has another owner") }
        #expect(!isChanged)
        #expect(table.read(0)?.owner == offered)
    }

    @Test("the change starts from what the slot holds")
    func startsFromPresent() {
        table.set(0, to: offered, deadline: BootTime(milliseconds: 5))
        _ = table.update(0, ifHeldAs: offered) { slot in
            #expect(slot.owner == offered)
            #expect(slot.deadline == BootTime(milliseconds: 5))
            slot.changeSequence = 1
        }
        #expect(table.read(0)?.changeSequence == 1)
        #expect(table.read(0)?.deadline == BootTime(milliseconds: 5))
    }

    @Test("while a worker changes a slot, others cannot read, change or take it, but can use other slots")
    func paused() {
        let isChanged = table.update(0, ifHeldAs: free) { slot in
            #expect(table.read(0) == nil)
            #expect(!table.update(0, ifHeldAs: free) { _ in })
            #expect(table.takeAvailable()?.slotIndex == 1)
            #expect(table.takeAvailable() == nil)
            #expect(table.stateCounts() == [1, 0, 0, 0, 0, 0])
            slot.owner = offered
        }
        #expect(isChanged)
        #expect(table.read(0)?.owner == offered)
    }
}

@Suite("Lease table: available addresses")
struct LeaseTableAvailabilityTests {
    private let table = LeaseTable(pool: pool(of: 3))

    private func expire(_ slotIndex: Int, at milliseconds: UInt64) {
        let deadline = BootTime(milliseconds: milliseconds)
        table.set(slotIndex, to: SlotOwner(client: mac(slotIndex), worker: 0, state: .expired), deadline: deadline)
        table.makeAvailable(slotIndex, since: deadline)
    }

    @Test("addresses that were never used come first, in ascending order")
    func ascending() {
        #expect(table.takeAvailable()?.slotIndex == 0)
        #expect(table.takeAvailable()?.slotIndex == 1)
        #expect(table.takeAvailable()?.slotIndex == 2)
        #expect(table.takeAvailable() == nil)
    }

    @Test("after them come the addresses that expired, in order of expiry")
    func expiryOrder() {
        for _ in 0..<3 { _ = table.takeAvailable() }
        expire(2, at: 10)
        expire(0, at: 20)
        #expect(table.takeAvailable()?.slotIndex == 2)
        #expect(table.takeAvailable()?.slotIndex == 0)
        #expect(table.takeAvailable() == nil)
    }

    @Test("a slot in the queue that was taken in another way is skipped")
    func claimedMeanwhile() {
        table.set(0, to: SlotOwner(client: mac(7), worker: 0, state: .offered))
        #expect(table.takeAvailable()?.slotIndex == 1)
        expire(0, at: 5)
        #expect(table.takeAvailable()?.slotIndex == 2)
        #expect(table.takeAvailable()?.slotIndex == 0)
    }

    @Test("a slot that was used again while it was in the queue goes behind those that expired before it")
    func aged() {
        table.set(0, to: SlotOwner(client: mac(7), worker: 0, state: .bound))
        expire(0, at: 5)
        #expect(table.takeAvailable()?.slotIndex == 1)
        #expect(table.takeAvailable()?.slotIndex == 2)
        #expect(table.takeAvailable()?.slotIndex == 0)
        #expect(table.takeAvailable() == nil)
    }

    @Test("however often a slot is made available, it is in the queue once")
    func once() {
        for _ in 0..<100 { table.makeAvailable(1, since: BootTime(milliseconds: 0)) }
        #expect(
            [table.takeAvailable(), table.takeAvailable(), table.takeAvailable()].map { $0?.slotIndex } == [0, 1, 2])
        #expect(table.takeAvailable() == nil)
    }

    @Test("a slot with a change in flight is not available until the change settles")
    func pending() {
        let pending = SlotOwner(client: mac(1), worker: 0, state: .expired, isPending: true)
        for _ in 0..<3 { _ = table.takeAvailable() }
        table.set(1, to: pending)
        table.makeAvailable(1, since: BootTime(milliseconds: 0))
        #expect(table.takeAvailable() == nil)
        table.set(1, to: pending.settled)
        table.makeAvailable(1, since: BootTime(milliseconds: 0))
        #expect(table.takeAvailable()?.slotIndex == 1)
    }
}
