import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

/// What a start does with the lease file beside its journal.
@Suite("lease file at a start")
struct LeaseFileTests {
    private let bench = JournalBench(slotCount: 8)

    private func lease(slot: Int, client: Int, remaining: UInt64 = 600_000) -> ImportedLease {
        ImportedLease(
            address: bench.table.address(of: slot), client: mac(client),
            expiry: WallTime(milliseconds: bench.clock.reading.wall.milliseconds + remaining))
    }

    private var now: WallTime { bench.clock.reading.wall }

    /// An export as it lies on the disk.
    private struct Export {
        var content: [UInt8]
        var leases: [ImportedLease]
        var modifiedAt: WallTime
    }

    /// One client after another leases and releases one of three addresses, with an export after each change.
    /// `betweenExports` may set the clock.
    private func run(
        exportCount: Int, isNoted: (Int) -> Bool = { _ in true }, betweenExports: (Int) -> Void = { _ in }
    ) throws -> [Export] {
        var journal = try bench.open()
        var exports: [Export] = []
        var modifiedAt = WallTime(milliseconds: 0)
        for number in 0..<exportCount {
            bench.clock.advance(30)
            betweenExports(number)
            let (slot, client) = (number / 2 % 3, number / 2)
            let kind: BindingChange.Kind = number % 2 == 0 ? .bind : .release
            let isCommitted = journal.commit([bench.change(kind, slot: slot, client: client)])
            bench.clock.advance(1)
            let content = Array("\(number)".utf8)
            let isMarked = !isNoted(number) || journal.record(ExportFingerprint(of: content))
            #expect(isCommitted && isMarked)
            // Like the exporter, gives each file a later time than the one that it replaces.
            modifiedAt = WallTime(milliseconds: max(now.milliseconds, modifiedAt.milliseconds + 1))
            let leases = kind == .bind ? [lease(slot: slot, client: client)] : []
            exports.append(Export(content: content, leases: leases, modifiedAt: modifiedAt))
        }
        return exports
    }

    private func use(of content: [UInt8], modifiedAt: WallTime) throws -> LeaseFileUse {
        try use(of: [Export(content: content, leases: [], modifiedAt: modifiedAt)])[0]
    }

    private func use(of exports: [Export]) throws -> [LeaseFileUse] {
        struct HasRead: Error {}
        var uses: [LeaseFileUse] = []
        do {
            _ = try bench.open { contents in
                uses = exports.map { contents.use(ofLeaseFile: $0.content, modifiedAt: $0.modifiedAt) }
                throw HasRead()
            }
        } catch is HasRead {}
        return uses
    }

    /// The records after a start that finds the file.
    private func records(afterMerging export: Export) throws -> [Int: JournalRecord] {
        struct HasRead: Error {}
        var records: [Int: JournalRecord] = [:]
        do {
            _ = try bench.open { contents in
                let use = contents.use(ofLeaseFile: export.content, modifiedAt: export.modifiedAt)
                _ = contents.merge(export.leases, as: use, modifiedAt: export.modifiedAt, now: now)
                for slot in 0..<bench.table.count { records[slot] = contents.record(of: bench.table.address(of: slot)) }
                throw HasRead()
            }
        } catch is HasRead {}
        return records
    }

    @Test("each of a run's 1,000 exports is ignored when it is put back, with its old time or a new one")
    func ownExports() throws {
        let days: UInt64 = 86_400_000
        // Sets the clock forward and back; at the end it is before most exports.
        func setClock(_ number: Int) {
            switch number {
            case 200, 600: bench.clock.setWall(now.milliseconds + 40 * days)
            case 400, 800: bench.clock.setWall(now.milliseconds - 41 * days)
            default: break
            }
        }
        let exports = try run(exportCount: 1000, betweenExports: setClock)
        let copies = exports.map { export in
            var copy = export
            copy.modifiedAt = WallTime(milliseconds: now.milliseconds + 1000)
            return copy
        }
        for _ in 0..<2 {
            #expect(try use(of: exports).allSatisfy { $0 == .ignore })
            #expect(try use(of: copies).allSatisfy { $0 == .ignore })
            bench.clock.setWall(now.milliseconds - 3 * days)
            _ = try bench.open()
        }
    }

    @Test("the previous version's journal knows two exports; an earlier one takes no address and revives no lease")
    func unknownExports() throws {
        let exports = try run(exportCount: 60, isNoted: { $0 >= 58 })
        #expect(try use(of: exports) == [LeaseFileUse](repeating: .fill, count: 58) + [.ignore, .ignore])
        let before = try bench.read().records
        for export in exports { #expect(try records(afterMerging: export) == before) }
    }

    @Test("an unknown file that is newer than the journal is another program's, and its leases win")
    func foreign() throws {
        _ = try run(exportCount: 9)
        let newest = now
        bench.clock.advance(10)
        let export = Export(content: [1], leases: [lease(slot: 1, client: 77)], modifiedAt: now)
        #expect(try use(of: [export]) == [.adopt])
        #expect(try records(afterMerging: export)[1]?.client == mac(77))
        #expect(try use(of: [1], modifiedAt: WallTime(milliseconds: newest.milliseconds - 1)) == .fill)
        #expect(try use(of: [1], modifiedAt: WallTime(milliseconds: 0)) == .fill)
    }

    @Test("an unknown file that is not newer only adds leases of addresses and clients without a later record")
    func fill() throws {
        var journal = try bench.open()
        _ = journal.commit([bench.change(.release, slot: 3, client: 3)])
        bench.clock.advance(1000)
        let modifiedAt = now
        bench.clock.advance(1000)
        _ = journal.commit([
            bench.change(slot: 0, client: 1), bench.change(.decline, slot: 1, client: 2),
            bench.change(.release, slot: 2, client: 4),
        ])
        let before = try bench.read().records
        let (ended, unknown) = (lease(slot: 3, client: 13), lease(slot: 5, client: 15))
        let leases = [
            lease(slot: 0, client: 10), lease(slot: 1, client: 11), lease(slot: 2, client: 4), ended,
            lease(slot: 4, client: 1), unknown, lease(slot: 6, client: 15),
        ]
        let records = try records(afterMerging: Export(content: [1], leases: leases, modifiedAt: modifiedAt))
        for slot in 0..<3 { #expect(records[slot] == before[slot]) }
        for (slot, lease) in [3: ended, 5: unknown] {
            #expect(records[slot]?.state == .bound && records[slot]?.client == lease.client)
        }
        #expect(records.count == 5)
    }

    @Test("when the journal may have lost a fingerprint, a newer file is not taken for another program's")
    func damagedFingerprint() throws {
        let exports = try run(exportCount: 3)
        let latest = try #require(exports.last)
        let end = JournalHeader.recordsOffset + 6 * JournalRecord.byteCount
        let sound = bench.disk.content
        // Any byte of the fingerprint's record.
        for offset in end - JournalRecord.byteCount..<end {
            bench.disk.content = sound
            bench.disk.content[offset] ^= 1
            #expect(try use(of: [latest]) == [.fill], "byte \(offset)")
        }
        #expect(try bench.read().records.count == 2)
    }

    @Test("lost records are recovered from a file only if it is newer than the remaining records")
    func losses() throws {
        _ = try run(exportCount: 8)
        let offset = JournalHeader.recordsOffset + 2 * JournalRecord.byteCount
        bench.disk.content = bench.disk.content.settingZero(offset..<offset + JournalRecord.byteCount)
        #expect(try bench.read().findings.hasLosses)
        #expect(try use(of: [9], modifiedAt: WallTime(milliseconds: now.milliseconds + 1)) == .recover)
        #expect(try use(of: [9], modifiedAt: WallTime(milliseconds: now.milliseconds - 1000)) == .fill)
    }

    @Test("our own export names the clients of addresses whose records are damaged, and that is remembered")
    func damagedRecord() throws {
        var journal = try bench.open()
        _ = journal.commit([bench.change(slot: 0, client: 1)])
        _ = journal.commit([bench.change(slot: 1, client: 2), bench.change(slot: 2, client: 3)])
        _ = journal.record(ExportFingerprint(of: [1]))
        let leases = [lease(slot: 0, client: 1), lease(slot: 1, client: 9)]
        let export = Export(content: [1], leases: leases, modifiedAt: now)
        #expect(try use(of: [export]) == [.ignore])
        for place in [0, 2] { bench.disk.content[JournalHeader.recordsOffset + place * 64 + 40] ^= 4 }
        #expect(try use(of: [export]) == [.name])
        let before = try bench.read().records
        _ = try bench.open { contents in
            let outside = contents.merge(leases, as: .name, modifiedAt: now, now: now)
            #expect(outside == [])
        }
        let records = try bench.read().records
        #expect(records[0]?.state == .quarantined && records[0]?.client == mac(1))
        #expect(records[0]?.deadline == before[0]?.deadline)
        #expect(records[1] == before[1] && records[1]?.client == mac(2))
        #expect(records[2]?.state == .quarantined && records[2]?.client == .zero)
        #expect(try use(of: [export]) == [.ignore])
    }

    @Test("a client that holds an address does not recover a second one")
    func recoverOwner() throws {
        var journal = try bench.open()
        _ = journal.commit([bench.change(slot: 0, client: 1)])
        var records: [Int: JournalRecord] = [:]
        _ = try bench.open { contents in
            _ = contents.recover([lease(slot: 4, client: 1), lease(slot: 5, client: 2)], at: now)
        }
        records = try bench.read().records
        #expect(records[0]?.client == mac(1) && records[4] == nil && records[5]?.client == mac(2))
    }
}
