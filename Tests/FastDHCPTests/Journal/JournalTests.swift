import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("journal")
struct JournalTests {
    @Test("without a journal, an empty one is created, and it opens again")
    func first() throws {
        let bench = JournalBench(slotCount: 8)
        #expect(try !bench.read().exists)
        #expect(try bench.open().restoredLeases() == [])
        let reading = try bench.read()
        #expect(reading.exists && reading.records.isEmpty && !reading.findings.isDamaged)
    }

    @Test("committed changes are read back, field by field")
    func roundTrip() throws {
        let bench = JournalBench(slotCount: 8)
        var journal = try bench.open()
        let changes = [
            bench.change(.bind, slot: 0, client: 1), bench.change(.bind, slot: 1, client: 2, isRelayed: true),
            bench.change(.release, slot: 2, client: 3), bench.change(.decline, slot: 3, client: 4),
            bench.change(.expire, slot: 7, client: 5),
        ]
        let hasCommitted = journal.commit(changes)
        #expect(hasCommitted)
        let records = Dictionary(uniqueKeysWithValues: changes.map { (Int($0.slotIndex), bench.record($0)) })
        #expect(try bench.read().records == records)
        #expect(records.values.map(\.state).filter { $0 == .expired }.count == 2)

        bench.clock.advance(1000)
        let restored = try bench.open().restoredLeases()
        #expect(restored.map(\.client) == [1, 2, 3, 4, 5].map { mac($0) })
        #expect(restored.map(\.deadline) == changes.map(\.deadline))
        #expect(restored.map(\.reliableHold) == changes.map(\.holdUntil))
        #expect(restored.map(\.isRelayed) == [false, true, false, false, false])
    }

    @Test("an infinite lease is still infinite after a restart, whatever the clocks say")
    func never() throws {
        let bench = JournalBench(slotCount: 2)
        var journal = try bench.open()
        var change = bench.change(slot: 1, client: 1)
        change.deadline = .never
        change.holdUntil = .never
        _ = journal.commit([change])
        bench.clock.setWall(0)
        let restored = try bench.open().restoredLeases()
        #expect(restored.map(\.deadline) == [.never] && restored.map(\.holdUntil) == [.never])
    }

    @Test("the counters show records, syncs and the file's size")
    func counters() throws {
        let bench = JournalBench(slotCount: 8)
        var journal = try bench.open()
        #expect(bench.counters.replacementCount == 1)
        #expect(bench.counters.byteCount == UInt64(JournalHeader.recordsOffset))
        _ = journal.commit([bench.change(slot: 0, client: 1), bench.change(slot: 1, client: 2)])
        _ = journal.commit([bench.change(slot: 2, client: 3)])
        #expect(bench.counters.recordCount == 3)
        #expect(bench.counters.syncCount == 2)
        #expect(bench.counters.failureCount == 0)
        #expect(bench.counters.trouble == nil)
        #expect(bench.counters.byteCount == UInt64(JournalHeader.recordsOffset + 3 * 64))
    }

    @Test("a batch is one write that does not change the file's length")
    func oneWrite() throws {
        let bench = JournalBench(slotCount: 512)
        var journal = try bench.open()
        let length = bench.disk.content.count
        bench.disk.heal()
        let hasCommitted = journal.commit((0..<512).map { bench.change(slot: $0, client: $0) })
        #expect(hasCommitted)
        #expect(bench.disk.calls == [.append])
        #expect(bench.disk.content.count == length)
    }

    @Test("tidying extends the file ahead of time, so that no batch has to")
    func fillsAhead() throws {
        let bench = JournalBench(slotCount: 512)
        var journal = try bench.open()
        let batch = (0..<512).map { bench.change(slot: $0, client: $0) }
        for _ in 0..<30 {
            bench.disk.heal()
            let hasCommitted = journal.commit(batch)
            #expect(hasCommitted && bench.disk.calls == [.append])
            journal.tidy()
        }
        for _ in 0..<30 {
            let hasCommitted = journal.commit(batch)
            #expect(hasCommitted)
        }
        #expect(bench.counters.replacementCount == 1)
        let reading = try bench.read()
        #expect(reading.findings.recordCount == 60 * 512)
        #expect(!reading.findings.isDamaged && reading.records.count == 512)
    }

    @Test("the latest 1,024 exports are recognized after a restart and a compaction")
    func exportFingerprints() throws {
        let bench = JournalBench(slotCount: 600)
        let exports = (0..<1030).map { Array("export \($0)".utf8) }
        var journal = try bench.open()
        for export in exports[..<1028] { record(export, in: &journal) }
        _ = journal.commit((0..<512).map { bench.change(slot: $0, client: $0) })
        _ = journal.commit((512..<600).map { bench.change(slot: $0, client: $0) })
        for _ in 0..<3 {
            let reading = try bench.read(exports: exports)
            #expect(reading.isExport == exports.indices.map { (4..<1028).contains($0) })
            #expect(reading.records.count == 600 && !reading.findings.isDamaged)
            journal = try bench.open()
        }
        // An export with the content of an earlier one becomes the latest.
        for export in [exports[4], exports[1028], exports[1029]] { record(export, in: &journal) }
        #expect(try bench.read(exports: exports).isExport == exports.indices.map { $0 == 4 || $0 > 6 })
    }

    private func record(_ export: [UInt8], in journal: inout Journal<DiskStorage>) {
        let isNoted = journal.record(ExportFingerprint(of: export))
        #expect(isNoted)
    }

    @Test(
        "after any batches, restarts, compactions and clock changes it holds what a dictionary holds",
        arguments: Seeds.first(20))
    func model(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let bench = JournalBench(slotCount: 40)
        var model: [Int: BindingChange] = [:]
        for _ in 0..<5 {
            var journal = try bench.open()
            #expect(journal.restoredLeases() == bench.leases(model))
            for _ in 0..<Int.random(in: 0...12, using: &numbers) {
                bench.clock.advance(.random(in: 0...100_000, using: &numbers))
                if numbers.oneIn(8) { bench.clock.setWall(.random(in: 1 << 40...1 << 41, using: &numbers)) }
                let changes = (0..<Int.random(in: 1...20, using: &numbers)).map { _ in
                    bench.change(
                        [.bind, .bind, .release, .decline, .expire].randomElement(using: &numbers) ?? .bind,
                        slot: .random(in: 0..<40, using: &numbers), client: .random(in: 0..<60, using: &numbers),
                        isRelayed: numbers.oneIn(3))
                }
                let hasCommitted = journal.commit(changes)
                #expect(hasCommitted)
                for change in changes { model[Int(change.slotIndex)] = change }
                if numbers.oneIn(4) {
                    _ = journal.record(ExportFingerprint(of: [UInt8.random(in: 0...255, using: &numbers)]))
                }
                if numbers.oneIn(3) { journal.tidy() }
            }
            let findings = try bench.read().findings
            #expect(!findings.isDamaged && findings.tornCount == 0)
        }
    }

    @Test("setting the wall clock while the daemon runs neither shortens nor extends a lease", arguments: [-1, 1])
    func clockSet(direction: Int) throws {
        let bench = JournalBench(slotCount: 4)
        var journal = try bench.open()
        let change = bench.change(slot: 0, client: 1)
        _ = journal.commit([change])
        bench.clock.setWall(UInt64(1_800_000_000_000 + direction * 86_400_000))
        journal.tidy()
        #expect(bench.counters.replacementCount == 2)
        #expect(try bench.open().restoredLeases() == bench.leases([0: change]))
    }

    @Test("the time of the latest commit is known, whatever the wall clock says now")
    func newest() throws {
        let bench = JournalBench(slotCount: 4)
        var journal = try bench.open()
        let newest = bench.clock.reading.wall
        _ = journal.commit([bench.change(slot: 0, client: 1)])
        bench.clock.setWall(5)
        #expect(try bench.read().findings.newest == newest)
    }
}
