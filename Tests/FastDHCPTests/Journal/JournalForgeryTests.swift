import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

/// Headers and records with valid checksums and invalid contents.
@Suite("journal with forged contents")
struct JournalForgeryTests {
    private static let numbers: [UInt64] = [
        0, 1, 2, 63, 64, 65, 129, 1 << 31, 1 << 32, UInt64(Int.max) - 1, UInt64(Int.max), 1 << 63, .max - 1, .max,
    ]
    private let bench = JournalBench(slotCount: 8)
    private let crc = CRC32C()

    /// A journal with the leases of slots 0 to 2, cut behind its fourth, blank record.
    private func makeSound() throws -> [UInt8] {
        var journal = try bench.open()
        let hasCommitted = journal.commit((0..<3).map { bench.change(slot: $0, client: $0) })
        #expect(hasCommitted)
        return Array(bench.disk.content[..<JournalLayout.offset(ofRecord: 5)])
    }

    private func header(of bytes: [UInt8]) throws -> JournalHeader {
        let header = JournalHeader.decode(bytes.span.extracting(first: JournalHeader.byteCount), crc)
        return try #require(header)
    }

    private func put(_ header: JournalHeader, copy: Int, into bytes: inout [UInt8]) {
        var span = bytes.mutableSpan
        header.encode(crc, into: &span, at: JournalHeader.offsets[copy])
    }

    /// Checks that slots 0 to 2 have their clients, and that the journal opens, takes a commit, and opens again.
    private func expectLeases(_ bytes: [UInt8], _ comment: Comment) throws {
        bench.disk.content = bytes
        var journal = try bench.open()
        let bound = journal.restoredLeases().filter { $0.state == .bound }
        #expect(bound.prefix(3).map(\.client) == (0..<3).map { mac($0) }, comment)
        let hasCommitted = journal.commit([bench.change(slot: 7, client: 7)])
        #expect(hasCommitted, comment)
        #expect(try bench.open().restoredLeases().last?.client == mac(7), comment)
    }

    @Test("a header may give any number of records", arguments: [0, 1, 2, 3, 4, 63, 64, 65, 128, 1 << 31, .max])
    func recordCount(count: UInt32) throws {
        let sound = try makeSound()
        var bytes = sound
        var header = try header(of: sound)
        header.recordCount = count
        for copy in 0..<2 { put(header, copy: copy, into: &bytes) }
        bench.disk.content = bytes
        let findings = try bench.read().findings
        #expect(findings.recordCount == 3 && findings.lostCount == Int(count) - min(Int(count), 3))
        try expectLeases(bytes, "\(count) records")
    }

    @Test("when the copies of the header differ, the one that matches the records counts", arguments: [0, 1])
    func staleCopy(stale: Int) throws {
        let sound = try makeSound()
        var bytes = sound
        var header = try header(of: sound)
        header.generation &-= 1
        header.pool = IPv4Network(containing: IPv4Address(10, 7, 0, 0), prefixLength: 16)
        header.recordCount = 1000
        put(header, copy: stale, into: &bytes)
        bench.disk.content = bytes
        #expect(try !bench.read().findings.isDamaged)
        try expectLeases(bytes, "copy \(stale)")
    }

    @Test("without a header, the generation of most records counts")
    func strangersFirst() throws {
        let sound = try makeSound()
        let generation = try header(of: sound).generation
        var bytes = sound.settingZero(0..<JournalHeader.recordsOffset)
        // An old record came back ahead of the others.
        bytes.insert(contentsOf: record(5, generation: generation &- 9), at: JournalHeader.recordsOffset)
        try expectLeases(bytes, "a stranger stands first")
    }

    /// A sound record of slot 5.
    private func record(
        _ number: UInt64, indexInBatch: UInt16 = 0, generation: UInt32, state: LeaseState = .bound,
        address: IPv4Address? = nil, client: MACAddress = mac(5), time: UInt64 = 0, hold: UInt64 = .max
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: JournalRecord.byteCount)
        var span = bytes.mutableSpan
        JournalRecord(
            state: state, isRelayed: false, address: address ?? bench.table.address(of: 5), client: client,
            deadline: WallTime(milliseconds: hold), holdUntil: WallTime(milliseconds: hold),
            decidedAt: WallTime(milliseconds: time)
        ).encode(
            JournalPosition(generation: generation, number: number, indexInBatch: indexInBatch), crc, into: &span, at: 0
        )
        return bytes
    }

    @Test("a record may have any number and any place in its batch", arguments: numbers)
    func number(number: UInt64) throws {
        let sound = try makeSound()
        let generation = try header(of: sound).generation
        for indexInBatch in [0, 1, 511, .max] as [UInt16] {
            var bytes = sound
            let forged = record(number, indexInBatch: indexInBatch, generation: generation)
            bytes.replaceSubrange(JournalLayout.offset(ofRecord: 4)..., with: forged + forged)
            bytes += [UInt8](repeating: 0xEE, count: 70)
            try expectLeases(bytes, "number \(number), place \(indexInBatch)")
        }
    }

    @Test("a record may have any times, any client and any address", arguments: numbers)
    func values(number: UInt64) throws {
        let sound = try makeSound()
        let generation = try header(of: sound).generation
        for state in [.bound, .expired, .declined, .quarantined] as [LeaseState] {
            for client in [MACAddress.zero, .broadcast, mac(0)] {
                for (time, hold) in [(number, 0), (0, number), (number, number), (number, .max), (.max, number)] {
                    var bytes = sound
                    let forged = record(
                        4, generation: generation, state: state, client: client, time: time, hold: hold)
                    bytes.replaceSubrange(JournalLayout.offset(ofRecord: 4)..., with: forged)
                    // The next record is damaged, so its address is quarantined as long as the longest lease in the
                    // file.
                    bytes += record(5, generation: generation, time: 1).map { $0 ^ 1 }
                    bench.disk.content = bytes
                    let leases = try bench.open().restoredLeases()
                    let table = LeaseTable(pool: pool(of: 8))
                    _ = table.restore(leases) { _ in 0 }
                    #expect(leases.prefix(3).map(\.client) == (0..<3).map { mac($0) })
                }
            }
        }
        for address in [IPv4Address.unspecified, .broadcast, IPv4Address(10, 255, 0, 1)] {
            let forged = record(4, generation: generation, address: address, time: number)
            var bytes = sound
            bytes.replaceSubrange(JournalLayout.offset(ofRecord: 4)..., with: forged)
            try expectLeases(bytes, "\(address)")
        }
    }

    @Test("record numbers are found and counted as missing as in a set", arguments: Seeds.first(20))
    func recordNumbers(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        var numbers = RecordNumbers()
        var model: Set<UInt64> = []
        for _ in 0..<Int.random(in: 0...60, using: &random) {
            let number = UInt64.random(in: 0...40, using: &random)
            numbers.append(number)
            model.insert(number)
        }
        numbers.sort()
        #expect(numbers.count == model.count)
        for number in 0...41 as ClosedRange<UInt64> {
            #expect(numbers.contains(number) == model.contains(number))
            let end = UInt64.random(in: number...42, using: &random)
            #expect(
                numbers.missingCount(in: number..<end) == UInt64((number..<end).filter { !model.contains($0) }.count))
        }
    }
}
