import Addresses
import LinuxSystem

/// The state of the journal's file: its contents, where its records end, and the memory that it is written from.
struct JournalLayout: ~Copyable, Sendable {
    /// How many records a page holds: one full batch.
    static let pageCapacity = BindingChange.batchCapacity
    /// How many bytes of zeros are added ahead at a time: 4,096 records, written in less than a millisecond.
    private static let extensionByteCount = 256 << 10
    /// The file is rewritten when it has 65,536 records (4 MiB) more than four times the live ones. It may grow to
    /// twice that limit before clients have to wait for the rewrite.
    private static let slack = 65_536

    private(set) var image: JournalImage
    private let table: LeaseTable
    let pool: IPv4Network
    private(set) var generation: UInt32
    /// The number of the next record, which also determines its offset.
    private(set) var nextNumber: UInt64 = 1
    /// The offset up to which the file is filled with zeros.
    var blankEnd = 0
    private(set) var page: JournalPage
    let zeros = [UInt8](repeating: 0, count: extensionByteCount)
    private let crc: CRC32C

    init(image: consuming JournalImage, table: LeaseTable, pool: IPv4Network, generation: UInt32, crc: CRC32C) {
        self.image = image
        self.table = table
        self.pool = pool
        self.generation = generation
        self.crc = crc
        page = JournalPage(recordCapacity: Self.pageCapacity, crc: crc)
    }

    private var slotCount: Int { table.count }

    /// The offset of the next record.
    var end: Int { Self.offset(ofRecord: nextNumber) }

    static func offset(ofRecord number: UInt64) -> Int {
        JournalHeader.recordsOffset + Int(number - 1) * JournalRecord.byteCount
    }

    /// Whether `count` records fit, followed by at least one blank record. The blank one distinguishes the end of the
    /// records from a file that was cut off.
    func hasRoom(for count: Int) -> Bool { end + (count + 1) * JournalRecord.byteCount <= blankEnd }

    func isTooLong(isIdle: Bool) -> Bool {
        Int(nextNumber) > (4 * image.recordCount + Self.slack) * (isIdle ? 1 : 2)
    }

    /// The leases that the table is to hold.
    func restoredLeases(at clock: ClockReading) -> [RestoredLease] {
        (0..<slotCount).compactMap { slotIndex in
            image.record(at: slotIndex, address: table.address(of: slotIndex)).map { RestoredLease($0, at: clock) }
        }
    }

    // MARK: Appending

    mutating func fillPage(with changes: Span<BindingChange>, at clock: ClockReading) {
        page.fill(with: changes, at: clock, generation: generation, first: nextNumber)
    }

    /// Applies the changes after the page was written to disk.
    mutating func didAppend(_ changes: Span<BindingChange>, at clock: ClockReading) {
        image.apply(changes, at: clock)
        nextNumber += UInt64(changes.count)
    }

    mutating func fillPage(with fingerprint: ExportFingerprint) {
        page.removeAll()
        page.append(fingerprint, JournalPosition(generation: generation, number: nextNumber, indexInBatch: 0))
    }

    mutating func didAppend(_ fingerprint: ExportFingerprint) {
        image.set(fingerprint)
        nextNumber += 1
    }

    // MARK: Rewriting

    /// Shifts all times after the wall clock was set by `step` milliseconds.
    mutating func shift(by step: Int64) {
        for slotIndex in 0..<slotCount {
            guard var record = image.record(at: slotIndex, address: table.address(of: slotIndex)) else { continue }
            record.deadline = record.deadline.shifted(by: step)
            record.holdUntil = record.holdUntil.shifted(by: step)
            record.decidedAt = record.decidedAt.shifted(by: step)
            image.set(record, at: slotIndex)
        }
    }

    /// The header blocks that come before the records.
    func headers(generation: UInt32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: JournalHeader.recordsOffset)
        var target = bytes.mutableSpan
        let header = JournalHeader(generation: generation, pool: pool, recordCount: UInt32(imageRecordCount))
        for offset in JournalHeader.offsets { header.encode(crc, into: &target, at: offset) }
        return bytes
    }

    /// The number of entries in the image: the fingerprints, then all slots, with or without a record.
    var entryCount: Int { image.fingerprints.count + slotCount }

    /// Fills the page with the records of the entries from `entry` on. Each record is a batch of its own.
    /// - Returns: the index after the last entry taken.
    mutating func fillPage(from entry: Int, generation: UInt32, number: inout UInt64) -> Int {
        var entry = entry
        page.removeAll()
        while entry < entryCount, !page.isFull {
            let position = JournalPosition(generation: generation, number: number, indexInBatch: 0)
            let slotIndex = entry - image.fingerprints.count
            if slotIndex < 0 {
                page.append(image.fingerprints.latest[entry], position)
                number += 1
            } else if let record = image.record(at: slotIndex, address: table.address(of: slotIndex)) {
                page.append(record, position)
                number += 1
            }
            entry += 1
        }
        return entry
    }

    /// How many records it takes to write the image.
    private var imageRecordCount: Int { image.recordCount + image.fingerprints.count }

    /// Whether `bytes` starts with `count` sound records of a new file, in order.
    func isSound(_ bytes: Span<UInt8>, generation: UInt32, first: UInt64, count: Int) -> Bool {
        (0..<count).allSatisfy { index in
            let offset = index * JournalRecord.byteCount
            let place = bytes.extracting(offset..<offset + JournalRecord.byteCount)
            switch JournalRecord.decode(place, crc) {
            case .record(_, let position), .fingerprint(_, let position):
                return position.generation == generation && position.number == first + UInt64(index)
            case .blank, .damaged: return false
            }
        }
    }

    /// Records that the file now holds the image and nothing else.
    mutating func didReplace(generation: UInt32) {
        self.generation = generation
        nextNumber = UInt64(imageRecordCount) + 1
        blankEnd = end + zeros.count
    }
}
