import LinuxSystem
import Testing

@testable import FastDHCP

/// In every case the journal opens, keeps all undamaged records, quarantines damaged addresses, and reports the damage.
@Suite("damaged journal")
struct JournalDamageTests {
    private func small() throws -> DamagedJournal {
        try DamagedJournal(slotCount: 6, snapshotCount: 3, batches: [2, 1, 3], blankCount: 2)
    }

    /// Whole 4-KiB blocks of records, and blank ones behind them.
    private func large() throws -> DamagedJournal {
        try DamagedJournal(slotCount: 200, snapshotCount: 99, batches: [8, 1, 20, 8, 8, 16, 3, 60, 5], blankCount: 28)
    }

    @Test("cut at any byte, it loses the records behind the cut and reports the cut")
    func truncation() throws {
        let journal = try small()
        for count in 0..<journal.sound.count {
            let isInRecords = count < journal.recordsEnd + JournalRecord.byteCount
            let hit = Set((0..<journal.recordCount).filter { JournalHeader.recordsOffset + ($0 + 1) * 64 > count })
            let (reading, breaches) = try journal.judge(Array(journal.sound[..<count]), hit: hit)
            #expect(breaches == [], "cut to \(count) bytes")
            #expect(reading.findings.isCut == isInRecords, "cut to \(count) bytes")
            #expect(reading.findings.recordCount == journal.recordCount - hit.count, "cut to \(count) bytes")
        }
    }

    @Test("with any bit of a record or a header flipped, it loses at most that record's lease")
    func recordFlips() throws {
        let journal = try small()
        let headers = JournalHeader.offsets.map { $0..<$0 + JournalHeader.byteCount }
        for range in headers + [JournalHeader.recordsOffset..<journal.sound.count] {
            for offset in range {
                for bit in 0..<8 as Range<UInt8> {
                    var bytes = journal.sound
                    bytes[offset] ^= 1 << bit
                    let hit = journal.places(offset..<offset + 1)
                    let (reading, breaches) = try journal.judge(bytes, hit: hit)
                    #expect(breaches == [], "bit \(bit) of byte \(offset)")
                    #expect(reading.findings.recordCount == journal.recordCount - hit.count)
                }
            }
        }
    }

    @Test("a bit flipped between the headers and the records changes nothing")
    func paddingFlips() throws {
        let journal = try small()
        var bits = 0
        for offset in 0..<JournalHeader.recordsOffset where offset % 4096 >= JournalHeader.byteCount {
            var bytes = journal.sound
            bytes[offset] ^= 1 << UInt8(bits % 8)
            bits += 1
            let (reading, breaches) = try journal.judge(bytes, hit: [])
            #expect(breaches == [] && !reading.findings.isDamaged, "byte \(offset)")
        }
    }

    @Test("the address of a damaged record without a later one is quarantined until its lease must have ended")
    func quarantine() throws {
        let bench = JournalBench(slotCount: 4)
        var journal = try bench.open()
        _ = journal.commit([bench.change(slot: 0, client: 1)])
        _ = journal.commit([bench.change(slot: 1, client: 2), bench.change(slot: 2, client: 3)])
        _ = journal.commit([bench.change(slot: 1, client: 9), bench.change(slot: 3, client: 4)])
        for place in 0..<2 { bench.disk.content[JournalHeader.recordsOffset + place * 64 + 40] ^= 4 }
        let reading = try bench.read()
        #expect(reading.findings.quarantined == [bench.table.address(of: 0)])
        #expect(reading.findings.lostCount == 0 && reading.findings.isDamaged)
        #expect(reading.records[0]?.state == .quarantined)
        #expect(reading.records[1]?.client == mac(9))
        #expect(
            reading.records[0]?.deadline.milliseconds
                == bench.clock.reading.wall.milliseconds + JournalBench.quarantineMilliseconds)
        // It stays quarantined at the next start, which finds no damage.
        _ = try bench.open()
        #expect(bench.disk.damaged != nil)
        let again = try bench.read()
        #expect(again.records == reading.records && !again.findings.isDamaged)
    }

    @Test("a damaged address is quarantined as long as the longest lease in the file, even if the clock was set back")
    func longQuarantine() throws {
        let bench = JournalBench(slotCount: 4)
        var journal = try bench.open()
        var long = bench.change(slot: 1, client: 2)
        long.holdUntil = long.deadline + 100 * JournalBench.quarantineMilliseconds
        let hold = long.holdUntil.millisecondsSince(bench.clock.reading.boot)
        let newest = bench.clock.reading.wall.milliseconds
        _ = journal.commit([bench.change(slot: 0, client: 1)])
        _ = journal.commit([long])
        bench.disk.content[JournalHeader.recordsOffset + 40] ^= 4
        bench.clock.setWall(1000)
        #expect(try bench.read().records[0]?.reliableHold == WallTime(milliseconds: newest + hold + 2000))
        let restored = try bench.open().restoredLeases()
        #expect(restored[0].state == .quarantined)
        #expect(restored[0].holdUntil >= bench.clock.reading.boot + hold)
    }

    @Test("records in a block of zeros are lost, and the loss is reported", arguments: [512, 4096])
    func zeroed(size: Int) throws {
        let journal = try large()
        for start in stride(from: 0, to: journal.sound.count, by: size) {
            let range = start..<min(start + size, journal.sound.count)
            let (_, breaches) = try journal.judge(journal.sound.settingZero(range), hit: journal.places(range))
            #expect(breaches == [], "zeros at \(start)")
        }
    }

    @Test("two swapped blocks lose nothing if both hold records", arguments: [512, 4096])
    func swapped(size: Int) throws {
        let journal = try large()
        let starts = Array(stride(from: 0, to: journal.sound.count - size + 1, by: size))
        for first in starts {
            for second in starts where second > first {
                let (one, other) = (first..<first + size, second..<second + size)
                var bytes = journal.sound
                bytes.replaceSubrange(one, with: journal.sound[other])
                bytes.replaceSubrange(other, with: journal.sound[one])
                let isAmongRecords = first >= JournalHeader.recordsOffset
                let hit = isAmongRecords ? [] : journal.places(one).union(journal.places(other))
                let (_, breaches) = try journal.judge(bytes, hit: hit)
                #expect(breaches == [], "blocks at \(first) and \(second)")
            }
        }
    }

    @Test("a block written over another loses only the other one's records", arguments: [512, 4096])
    func duplicated(size: Int) throws {
        let journal = try large()
        let starts = Array(stride(from: 0, to: journal.sound.count - size + 1, by: size))
        for source in starts {
            for target in starts where target != source {
                let range = target..<target + size
                let bytes = journal.sound.copying(source..<source + size, to: range)
                let (_, breaches) = try journal.judge(bytes, hit: journal.places(range))
                #expect(breaches == [], "\(source) over \(target)")
            }
        }
    }

    @Test("a block that is in the file twice in a row moves the rest, and nothing is lost", arguments: [512, 4096])
    func inserted(size: Int) throws {
        let journal = try large()
        for start in stride(from: JournalHeader.recordsOffset, to: journal.sound.count - size + 1, by: size) {
            var bytes = journal.sound
            bytes.insert(contentsOf: journal.sound[start..<start + size], at: start)
            let (reading, breaches) = try journal.judge(bytes, hit: [])
            #expect(breaches == [] && reading.findings.recordCount == journal.recordCount, "twice at \(start)")
        }
    }

    @Test("garbage behind the end adds no record, and counts as a cut", arguments: Seeds.first(20))
    func garbage(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let journal = try small()
        for count in [1, 63, 64, 65, 1000] {
            let garbage = (0..<count).map { _ in UInt8.random(in: 1...255, using: &numbers) }
            let (reading, breaches) = try journal.judge(journal.sound + garbage, hit: [])
            #expect(breaches == [])
            #expect(reading.findings.isCut && reading.findings.recordCount == journal.recordCount)
        }
    }

    @Test("without both headers the records tell which file they belong to")
    func headers() throws {
        let journal = try small()
        var random = SeededNumbers(seed: 7)
        let noise = (0..<JournalHeader.recordsOffset).map { _ in UInt8.random(in: 0...255, using: &random) }
        for head in [noise, [UInt8](repeating: 0, count: JournalHeader.recordsOffset)] {
            var bytes = journal.sound
            bytes.replaceSubrange(..<JournalHeader.recordsOffset, with: head)
            let (reading, breaches) = try journal.judge(bytes, hit: [])
            #expect(breaches == [] && reading.findings.recordCount == journal.recordCount)
        }
    }

    @Test("records of another file are ignored, whatever their numbers")
    func strangers() throws {
        let bench = JournalBench(slotCount: 4)
        var journal = try bench.open()
        _ = journal.commit([bench.change(slot: 0, client: 1), bench.change(slot: 1, client: 2)])
        let old = bench.disk.content
        journal = try bench.open()
        _ = journal.commit([bench.change(slot: 0, client: 3)])
        let offset = JournalHeader.recordsOffset
        // The disk brings back two records of the older file, behind the records of this one.
        bench.disk.content.replaceSubrange(offset + 512..<offset + 640, with: old[offset..<offset + 128])
        let reading = try bench.read()
        #expect(reading.records[0]?.client == mac(3) && reading.records[1]?.client == mac(2))
        #expect(reading.findings.recordCount == 3)
    }

    @Test("records that are missing inside the last write are counted as torn")
    func holeInLastBatch() throws {
        let bench = JournalBench(slotCount: 32)
        var journal = try bench.open()
        _ = journal.commit((0..<32).map { bench.change(slot: $0, client: $0) })
        let offset = JournalHeader.recordsOffset + 512
        bench.disk.content = bench.disk.content.settingZero(offset..<offset + 512)
        let reading = try bench.read()
        #expect(reading.records.count == 24)
        #expect(reading.findings.tornCount == 8)
    }

    @Test(
        "random damage of all kinds never traps and gives no address to another client", arguments: Seeds.first(20)
    )
    func anything(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let journal = try large()
        for _ in 0..<20 {
            var bytes = journal.sound
            for _ in 0..<Int.random(in: 1...6, using: &numbers) {
                let start = Int.random(in: 0..<bytes.count, using: &numbers)
                let range = start..<min(start + Int.random(in: 1...700, using: &numbers), bytes.count)
                switch Int.random(in: 0..<5, using: &numbers) {
                case 0: bytes = bytes.settingZero(range)
                case 1: bytes.removeSubrange(range)
                case 2: bytes.insert(contentsOf: bytes[range], at: Int.random(in: 0..<bytes.count, using: &numbers))
                case 3: bytes[start] ^= UInt8.random(in: 1...255, using: &numbers)
                default: bytes.reverse(range)
                }
            }
            do {
                let (_, breaches) = try journal.judge(bytes, hit: Set(0..<journal.recordCount))
                #expect(breaches == [])
            } catch JournalError.notAJournal {
                // Without the first bytes, and with all others moved, nothing identifies the file as a journal.
            }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func reverse(_ range: Range<Int>) {
        replaceSubrange(range, with: Array(self[range].reversed()))
    }
}
