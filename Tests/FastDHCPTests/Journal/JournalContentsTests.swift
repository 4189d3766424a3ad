import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("journal and lease file")
struct JournalContentsTests {
    private let bench = JournalBench(slotCount: 8)

    private func lease(slot: Int, client: Int, remaining: UInt64 = 600_000) -> ImportedLease {
        ImportedLease(
            address: bench.table.address(of: slot), client: mac(client),
            expiry: WallTime(milliseconds: bench.clock.reading.wall.milliseconds + remaining))
    }

    /// A lease of an address outside the pool.
    private var foreign: ImportedLease {
        ImportedLease(address: IPv4Address(10, 9, 9, 9), client: mac(99), expiry: .never)
    }

    private func commit(_ changes: [BindingChange]) throws {
        var journal = try bench.open()
        let hasCommitted = journal.commit(changes)
        #expect(hasCommitted)
    }

    /// The records of all slots after a merge and a restart.
    private func records(after merge: (inout JournalContents) -> Void) throws -> [Int: JournalRecord] {
        _ = try bench.open(merge)
        return try bench.read().records
    }

    private func expect(_ record: JournalRecord?, _ state: LeaseState, _ lease: ImportedLease) {
        #expect(record?.state == state && record?.client == lease.client)
        #expect(record?.deadline == lease.expiry && record?.reliableHold == lease.expiry)
    }

    @Test("adopted leases win over the journal's leases of the same address or the same client")
    func adopt() throws {
        try commit([
            bench.change(slot: 0, client: 1), bench.change(slot: 1, client: 2), bench.change(slot: 2, client: 3),
            bench.change(.release, slot: 3, client: 4), bench.change(.decline, slot: 4, client: 5),
        ])
        let before = try bench.read().records
        bench.clock.advance(1000)
        let now = bench.clock.reading.wall
        // Client 1 moved to slot 5, client 6 has the address of client 2, client 4 is back, slot 4 was given out.
        let leases = [
            lease(slot: 5, client: 1), lease(slot: 1, client: 6), lease(slot: 3, client: 4), lease(slot: 4, client: 7),
        ]
        var outside: [ImportedLease] = []
        let records = try records { outside = $0.adopt(leases + [foreign], at: now) }
        #expect(outside == [foreign])
        for (slot, index) in [5: 0, 1: 1, 3: 2, 4: 3] { expect(records[slot], .bound, leases[index]) }
        #expect(records[0]?.state == .expired && records[0]?.client == mac(1) && records[0]?.holdUntil == now)
        #expect(records[2] == before[2])
        #expect(records.count == 6)
    }

    @Test("a lease file is adopted where there is no journal")
    func adoptFirst() throws {
        let now = bench.clock.reading.wall
        let leases = [lease(slot: 0, client: 1), lease(slot: 7, client: 2)]
        let records = try records { contents in
            let exists = contents.exists
            #expect(!exists)
            #expect(contents.adopt(leases, at: now) == [])
            contents.addFingerprint([1, 2, 3])
        }
        expect(records[0], .bound, leases[0])
        expect(records[7], .bound, leases[1])
        #expect(records.count == 2)
        #expect(try bench.read(exports: [[1, 2, 3], [1, 2]]).isExport == [true, false])
    }

    @Test("a lost lease is recovered from the export; an address is quarantined when the journal disagrees")
    func recover() throws {
        try commit([
            bench.change(slot: 0, client: 1), bench.change(.release, slot: 2, client: 3),
            bench.change(.decline, slot: 3, client: 4),
        ])
        let before = try bench.read().records
        let now = bench.clock.reading.wall
        let leases = [lease(slot: 0, client: 1), lease(slot: 2, client: 3), lease(slot: 6, client: 8)]
        var outside: [ImportedLease] = []
        let records = try records { outside = $0.recover(leases + [foreign], at: now) }
        #expect(outside == [foreign])
        #expect(records[0] == before[0])
        expect(records[2], .quarantined, leases[1])
        #expect(records[3] == before[3])
        expect(records[6], .bound, leases[2])
    }

    @Test("an ended lease in the copy takes no address from the client that the journal knows")
    func recoverEnded() throws {
        try commit([
            bench.change(slot: 0, client: 1), bench.change(.decline, slot: 1, client: 2),
            bench.change(.release, slot: 2, client: 3),
        ])
        let before = try bench.read().records
        bench.clock.advance(1000)
        let now = bench.clock.reading.wall
        let ended = (0..<3).map { slot in
            ImportedLease(
                address: bench.table.address(of: slot), client: mac(50 + slot),
                expiry: WallTime(milliseconds: now.milliseconds - 1))
        }
        let records = try records { _ = $0.recover(ended, at: now) }
        #expect(records == before)
    }

    @Test("a lease in the copy does not shorten the time for which a declined address is set aside")
    func recoverDeclined() throws {
        try commit([bench.change(.decline, slot: 1, client: 2)])
        let declined = try bench.read().records[1]
        let now = bench.clock.reading.wall
        let records = try records { _ = $0.recover([lease(slot: 1, client: 2, remaining: 1000)], at: now) }
        #expect(records[1]?.deadline == declined?.deadline)
    }

    @Test("a quarantined address stays quarantined when the copy has a lease of it")
    func recoverQuarantined() throws {
        try commit([bench.change(slot: 0, client: 1)])
        try commit([bench.change(slot: 1, client: 2)])
        bench.disk.content[JournalHeader.recordsOffset + 40] ^= 1
        let now = bench.clock.reading.wall
        let records = try records { contents in
            let findings = contents.findings
            #expect(findings.quarantined == [bench.table.address(of: 0)])
            _ = contents.recover([lease(slot: 0, client: 1)], at: now)
        }
        #expect(records[0]?.state == .quarantined)
        #expect(records[1]?.client == mac(2))
    }

    @Test("leases outside the pool are reported once: only bound ones, and only the latest of each address")
    func outside() throws {
        try commit([
            bench.change(slot: 7, client: 1), bench.change(slot: 6, client: 2), bench.change(slot: 1, client: 3),
            bench.change(.release, slot: 5, client: 4),
        ])
        var journal = try bench.open()
        _ = journal.commit([bench.change(slot: 7, client: 5), bench.change(.release, slot: 6, client: 2)])
        let smaller = JournalBench(slotCount: 4, disk: bench.disk)
        let found = try smaller.read()
        #expect(found.findings.outside.map(\.client) == [mac(5)])
        #expect(found.findings.outside.map(\.address) == [bench.table.address(of: 7)])
        #expect(found.records.count == 1 && !found.findings.isDamaged)
        _ = try smaller.open()
        let again = try smaller.read()
        #expect(again.findings.outside == [] && again.records == found.records)
    }
}
