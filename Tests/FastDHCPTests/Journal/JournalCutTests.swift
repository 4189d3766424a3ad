import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

/// A journal that lost its end, as after a file system's repair or a copy that was not finished.
@Suite("journal that was cut short")
struct JournalCutTests {
    @Test(
        "cut at any block, it keeps the records before the cut, and leases.json has the rest",
        arguments: [10, 140, 1000, 5000])
    func blocks(leaseCount: Int) throws {
        let journal = try CutJournal(leaseCount: leaseCount)
        for size in stride(from: 0, through: journal.sound.count, by: leaseCount > 140 ? 4096 : 512) {
            try journal.expectPromises(cutTo: size)
        }
    }

    @Test("the same at every byte around the border of a record", arguments: [(10, 1), (140, 16), (1000, 512)])
    func borders(leaseCount: Int, step: Int) throws {
        let journal = try CutJournal(leaseCount: leaseCount)
        for place in stride(from: 0, through: journal.recordCount, by: step) {
            let border = JournalLayout.offset(ofRecord: UInt64(place + 1))
            for size in border - 2...border + 2 { try journal.expectPromises(cutTo: size) }
        }
    }

    @Test(
        "cut at any place, it opens, is restored, takes a commit and opens again",
        arguments: [10, 140, 1000], [100, 4096, 8192, 8256, 9000, 12_288, 16_384, 20_000])
    func goesOn(leaseCount: Int, size: Int) throws {
        let journal = try CutJournal(leaseCount: leaseCount)
        for hasCopy in [false, true] { try journal.expectToGoOn(cutTo: min(size, journal.sound.count), hasCopy) }
    }
}

/// A sound journal, some of whose leases were renewed since it was written, with its copy in leases.json.
private final class CutJournal {
    private let bench: JournalBench
    private let leaseCount: Int
    private let copy: [ImportedLease]
    /// By place: the slot of its record, nil for a fingerprint.
    private var slots: [Int?] = []
    /// Up to the first blank record behind the others.
    let sound: [UInt8]

    var recordCount: Int { slots.count }

    init(leaseCount: Int) throws {
        let bench = JournalBench(slotCount: leaseCount + 1)
        var journal = try bench.open()
        let changes = (0..<leaseCount).map { bench.change(slot: $0, client: $0) }
        for start in stride(from: 0, to: leaseCount, by: 512) {
            _ = journal.commit(Array(changes[start..<min(start + 512, leaseCount)]))
        }
        _ = journal.record(ExportFingerprint(of: [1]))
        journal = try bench.open()
        let renewed = stride(from: 0, to: leaseCount, by: 2).prefix(512).map { bench.change(slot: $0, client: $0) }
        _ = journal.commit(renewed)
        slots = [nil] + (0..<leaseCount).map { $0 } + renewed.map { Int($0.slotIndex) }
        copy = changes.map { change in
            ImportedLease(
                address: change.address, client: change.client,
                expiry: bench.clock.reading.wallTime(of: change.deadline))
        }
        let end = JournalLayout.offset(ofRecord: UInt64(slots.count + 2))
        sound = Array(bench.disk.content[..<end])
        self.bench = bench
        self.leaseCount = leaseCount
    }

    /// The slots whose records are before the cut.
    private func kept(cutTo size: Int) -> Set<Int> {
        let count = max(size - JournalHeader.recordsOffset, 0) / JournalRecord.byteCount
        return Set(slots.prefix(count).compactMap { $0 })
    }

    func expectPromises(cutTo size: Int) throws {
        bench.disk.content = Array(sound[..<size])
        // An empty file counts as no journal.
        if size == 0 { return }
        let alone = try bench.read()
        let kept = kept(cutTo: size)
        #expect(alone.findings.isCut == (size < sound.count), "cut to \(size) bytes")
        #expect(alone.records.count == kept.count && wrongSlots(alone) == [], "cut to \(size) bytes")
        guard kept.count < leaseCount else { return }
        let restored = try bench.read(copy: copy)
        #expect(restored.records.count == leaseCount && wrongSlots(restored) == [], "cut to \(size) bytes")
    }

    private func wrongSlots(_ reading: JournalReading) -> [Int] {
        reading.records.filter { $1.state != .bound || $1.client != mac($0) }.keys.sorted()
    }

    func expectToGoOn(cutTo size: Int, _ hasCopy: Bool) throws {
        bench.disk.content = Array(sound[..<size])
        var journal = try bench.open { contents in
            if hasCopy, contents.findings.hasLosses { _ = contents.recover(copy, at: bench.clock.reading.wall) }
        }
        let expected = hasCopy ? Set(0..<leaseCount) : kept(cutTo: size)
        let leases = journal.restoredLeases()
        #expect(Set(leases.map(\.client)) == Set(expected.map { mac($0) }))
        let table = LeaseTable(pool: pool(of: leaseCount + 1))
        #expect(table.restore(leases) { _ in 0 } == expected.count)
        let newcomer = bench.change(slot: leaseCount, client: leaseCount)
        let hasCommitted = journal.commit([newcomer])
        #expect(hasCommitted)
        let again = try bench.open().restoredLeases()
        #expect(again == leases + bench.leases([leaseCount: newcomer]))
    }
}
