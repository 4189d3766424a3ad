import Addresses
import Testing

@testable import FastDHCP

/// A sound journal with its contents, and the rules for what may be read from it after damage.
final class DamagedJournal {
    private let bench: JournalBench
    let sound: [UInt8]
    private let undamaged: JournalReading
    /// By place: the slot of its record, nil for a fingerprint.
    private var slots: [Int?] = []
    /// By slot: the place of its latest record.
    private var latest: [Int: Int] = [:]
    /// By slot: all clients that ever had it.
    private var clients: [Int: Set<MACAddress>] = [:]

    var recordCount: Int { slots.count }
    var recordsEnd: Int { JournalHeader.recordsOffset + recordCount * JournalRecord.byteCount }

    /// - Parameter blankCount: how many blank places follow the records.
    init(slotCount: Int, snapshotCount: Int, batches: [Int], blankCount: Int, seed: UInt64 = 1) throws {
        let bench = JournalBench(slotCount: slotCount)
        var numbers = SeededNumbers(seed: seed)
        var journal = try bench.open()
        _ = journal.commit((0..<snapshotCount).map { bench.change(slot: $0, client: $0) })
        _ = journal.record(ExportFingerprint(of: [1]))
        journal = try bench.open()
        for count in batches {
            bench.clock.advance(1000)
            _ = journal.commit(
                (0..<count).map { _ in
                    let slot = Int.random(in: 0..<slotCount, using: &numbers)
                    return numbers.oneIn(3)
                        ? bench.change(.release, slot: slot, client: slot)
                        : bench.change(slot: slot, client: .random(in: 0..<1000, using: &numbers))
                })
        }
        let content = bench.disk.content
        let undamaged = try bench.read()
        let end = JournalHeader.recordsOffset + (undamaged.findings.recordCount + blankCount) * JournalRecord.byteCount
        bench.disk.content = Array(content[..<end])
        self.bench = bench
        self.undamaged = undamaged
        sound = bench.disk.content
        #expect(try bench.read() == undamaged)
        list(undamaged.findings.recordCount)
    }

    private func list(_ count: Int) {
        for place in 0..<count {
            let offset = JournalHeader.recordsOffset + place * JournalRecord.byteCount
            let bytes = Array(sound[offset..<offset + JournalRecord.byteCount])
            let reading = JournalRecord.decode(bytes.span, CRC32C())
            guard case .record(let record, _) = reading, let slot = bench.table.slotIndex(of: record.address) else {
                slots.append(nil)
                continue
            }
            slots.append(slot)
            latest[slot] = place
            if record.state == .bound { clients[slot, default: []].insert(record.client) }
        }
    }

    /// The places of records that the bytes of `range` touch.
    func places(_ range: Range<Int>) -> Set<Int> {
        let first = (range.lowerBound - JournalHeader.recordsOffset) / JournalRecord.byteCount
        let last = (range.upperBound - 1 - JournalHeader.recordsOffset) / JournalRecord.byteCount
        guard range.upperBound > JournalHeader.recordsOffset else { return [] }
        return Set(max(first, 0)...last).intersection(0..<recordCount)
    }

    /// Reads the journal with these bytes, and checks what is read.
    ///
    /// - Parameter hit: the places of the records that were touched.
    /// - Returns: what was read, and the rules that it breaks.
    func judge(_ bytes: [UInt8], hit: Set<Int>) throws -> (reading: JournalReading, breaches: [String]) {
        bench.disk.content = bytes
        let reading = try bench.read()
        var breaches: [String] = []
        var isAnythingMissing = false
        for (slot, place) in latest {
            let record = reading.records[slot]
            if record == undamaged.records[slot] { continue }
            guard hit.contains(place) else {
                breaches.append("slot \(slot) is untouched and reads \(String(describing: record))")
                continue
            }
            if record?.state == .quarantined { continue }
            isAnythingMissing = true
            if let record, record.state == .bound, clients[slot]?.contains(record.client) != true {
                breaches.append("slot \(slot) is bound to \(record.client), which never had it")
            }
        }
        let findings = reading.findings
        let says = findings.lostCount > 0 || findings.isCut || findings.tornCount > 0
        if isAnythingMissing && !says && !isTail(hit) { breaches.append("a lease is gone, and nothing says so") }
        for address in findings.quarantined
        where bench.table.slotIndex(of: address).map({ latest[$0].map(hit.contains) != true }) ?? true {
            breaches.append("\(address) is set aside although its record is sound")
        }
        for slot in 0..<bench.table.count where latest[slot] == nil && reading.records[slot] != nil {
            breaches.append("slot \(slot) has a record from nowhere")
        }
        return (reading, breaches)
    }

    /// Whether every record from the first one hit to the end was hit. A file that was written no further looks the
    /// same.
    private func isTail(_ hit: Set<Int>) -> Bool {
        guard let first = hit.min() else { return false }
        return (first..<recordCount).allSatisfy(hit.contains)
    }
}

extension [UInt8] {
    func settingZero(_ range: Range<Int>) -> [UInt8] {
        var copy = self
        copy.replaceSubrange(range, with: [UInt8](repeating: 0, count: range.count))
        return copy
    }

    /// A copy with the bytes at `source` written over those at `target`.
    func copying(_ source: Range<Int>, to target: Range<Int>) -> [UInt8] {
        var copy = self
        copy.replaceSubrange(target, with: self[source])
        return copy
    }
}
