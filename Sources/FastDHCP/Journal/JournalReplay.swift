public import Addresses

/// What was found in a journal, apart from the leases.
public struct JournalFindings: Equatable, Sendable {
    /// Records that could be read.
    public var recordCount = 0
    /// Addresses of which the latest record was damaged: nobody gets them for as long as a lease may last.
    public var quarantined: [IPv4Address] = []
    /// Acknowledged records that are lost and do not even tell their address.
    public var lostCount = 0
    /// Whether the file's end is missing, and perhaps records with it.
    public var isCut = false
    /// Damaged marks of exports.
    public var lostMarkCount = 0
    /// Records of a last write that never was acknowledged.
    public var tornCount = 0
    /// Leases of addresses that the pool no longer has.
    public var outside: [JournalRecord] = []
    /// The latest moment at which a record was written.
    public var newest = WallTime(milliseconds: 0)

    /// Whether leases may exist that the journal no longer tells.
    public var hasLosses: Bool { lostCount > 0 || isCut }
    /// Whether the file is worth being looked at.
    public var isDamaged: Bool { hasLosses || !quarantined.isEmpty || lostMarkCount > 0 }
    /// Whether no mark of an export may be missing. A torn record may have been a mark that was damaged later.
    var hasAllMarks: Bool { !hasLosses && lostMarkCount == 0 && tornCount == 0 }

    public init() {}
}

/// Reads a journal, record by record, in whatever order they are.
///
/// A record's number tells its place, so one that stands elsewhere is found as well, and one that is missing is missed.
/// What counts of an address is its record with the highest number.
struct JournalReplay: ~Copyable {
    private let table: LeaseTable
    private let crc: CRC32C
    private let header: JournalHeader?
    private(set) var image: JournalImage
    private(set) var findings = JournalFindings()
    /// The highest number seen for each slot.
    private var numbers: [UInt64]
    /// One bit for each place in the file: whether its record was found anywhere.
    private var found: [UInt64]
    /// What could be read of damaged records, by place.
    private var damaged: [(place: Int, address: IPv4Address?)] = []
    private var outside: [IPv4Address: (number: UInt64, record: JournalRecord)] = [:]
    private var marks: [UInt64: ExportMark] = [:]
    private var last = JournalPosition(generation: 0, number: 0, indexInBatch: 0)
    private var placeCount = 0
    private var endsBlank = false
    private var longestHold: UInt64

    /// For whom the journal is read.
    struct Conditions {
        var table: LeaseTable
        var pool: IPv4Network
        /// The least time for which a damaged address is set aside.
        var quarantineMilliseconds: UInt64
    }

    /// - Parameter header: nil when both copies are gone; then the generation of the first record counts.
    init(of byteCount: Int, _ conditions: Conditions, _ crc: CRC32C, header: JournalHeader?) {
        table = conditions.table
        longestHold = conditions.quarantineMilliseconds
        self.crc = crc
        self.header = header
        image = JournalImage(slotCount: table.count)
        numbers = [UInt64](repeating: 0, count: table.count)
        let places = max(byteCount - JournalHeader.recordsOffset, 0) / JournalRecord.byteCount
        found = [UInt64](repeating: 0, count: places / 64 + 1)
    }

    /// Takes the bytes that follow those before; only the last ones may hold a part of a record.
    mutating func read(_ bytes: Span<UInt8>) {
        var offset = 0
        while offset + JournalRecord.byteCount <= bytes.count {
            read(place: bytes.extracting(offset..<offset + JournalRecord.byteCount))
            offset += JournalRecord.byteCount
        }
        if offset < bytes.count, (offset..<bytes.count).contains(where: { bytes[$0] != 0 }) {
            endsBlank = false
            damaged.append((placeCount, nil))
        }
    }

    private mutating func read(place bytes: Span<UInt8>) {
        defer { placeCount += 1 }
        endsBlank = false
        switch JournalRecord.decode(bytes, crc) {
        case .blank: endsBlank = true
        case .damaged(let address): damaged.append((placeCount, address))
        case .record(let record, let position): if note(position) { take(record, position) }
        case .mark(let mark, let position): if note(position) { marks[position.number] = mark }
        }
    }

    /// Notes that a record was found; false when it is none of this file's, or was found before.
    private mutating func note(_ position: JournalPosition) -> Bool {
        let isOurs =
            position.generation == header?.generation ?? (last.number == 0 ? position.generation : last.generation)
        guard isOurs, position.number > 0, position.number <= UInt64(found.count * 64), !isFound(position.number)
        else { return false }
        let place = Int(position.number - 1)
        found[place / 64] |= 1 << UInt64(place % 64)
        findings.recordCount += 1
        if position.number > last.number { last = position }
        return true
    }

    private mutating func take(_ record: JournalRecord, _ position: JournalPosition) {
        findings.newest = max(findings.newest, record.decidedAt)
        if record.state == .bound { longestHold = max(longestHold, record.holdMilliseconds) }
        guard let slotIndex = table.slotIndex(of: record.address) else {
            if outside[record.address].map({ $0.number < position.number }) ?? true {
                outside[record.address] = (position.number, record)
            }
            return
        }
        guard position.number > numbers[slotIndex] else { return }
        numbers[slotIndex] = position.number
        image.set(record, at: slotIndex)
    }

    private func isFound(_ number: UInt64) -> Bool {
        let place = Int(number - 1)
        return found[place / 64] >> UInt64(place % 64) & 1 != 0
    }

    /// Draws the conclusions once all is read.
    /// - Parameter now: the present moment.
    mutating func finish(at now: WallTime) {
        let first = UInt64(header?.recordCount ?? 0) + 1
        let acknowledged = max(last.number - min(UInt64(last.indexInBatch), last.number), first)
        var addresses = Dictionary(damaged.map { ($0.place, $0.address) }) { first, _ in first }
        for number in stride(from: 1, to: acknowledged, by: 1) where !isFound(number) {
            if let address = addresses.removeValue(forKey: Int(number - 1)) ?? nil {
                quarantine(address, unlessAfter: number, at: now)
            } else {
                findings.lostCount += 1
            }
        }
        // A hole amid the last write: another part of it is here, but nobody knows whether it ended.
        for number in stride(from: max(acknowledged, 1), to: last.number, by: 1)
        where !isFound(number) && addresses[Int(number - 1)] == nil {
            findings.tornCount += 1
        }
        // Behind the last record stands at most one write that never ended, unless damage hit the last record itself:
        // then it still tells its address, which a torn one seldom does. Whoever has that address keeps it.
        for (place, address) in addresses where place + 1 >= acknowledged && !isFound(UInt64(place + 1)) {
            guard let address, !extend(address, at: now) else {
                findings.tornCount += 1
                continue
            }
            quarantine(address, unlessAfter: UInt64(place + 1), at: now)
        }
        findings.isCut = !endsBlank
        for (_, mark) in marks.sorted(by: { $0.key < $1.key }).suffix(ExportMarks.capacity) { image.set(mark) }
        findings.quarantined.sort()
        findings.outside = outside.values.map(\.record).filter { $0.state == .bound }.sorted { $0.address < $1.address }
    }

    /// Lets whoever has an address keep it for as long as what is unreadable may have told.
    /// - Returns: false when nobody has it.
    private mutating func extend(_ address: IPv4Address, at now: WallTime) -> Bool {
        guard let slotIndex = table.slotIndex(of: address),
            var record = image.record(at: slotIndex, address: address), record.state == .bound
        else { return false }
        record.holdUntil = max(record.holdUntil, longestHoldEnd(at: now))
        image.set(record, at: slotIndex)
        return true
    }

    /// When a lease that is granted now ends at the latest.
    private func longestHoldEnd(at now: WallTime) -> WallTime {
        let (sum, overflow) = max(now, findings.newest).milliseconds.addingReportingOverflow(longestHold)
        return overflow ? .never : WallTime(milliseconds: sum)
    }

    /// Sets an address aside whose record `number` is damaged, unless a later one tells what became of it.
    private mutating func quarantine(_ address: IPv4Address, unlessAfter number: UInt64, at now: WallTime) {
        if address == .unspecified { findings.lostMarkCount += 1 }
        guard let slotIndex = table.slotIndex(of: address), numbers[slotIndex] < number else { return }
        numbers[slotIndex] = number
        let until = longestHoldEnd(at: now)
        let record = JournalRecord(
            state: .quarantined, isRelayed: false, address: address, client: .zero, deadline: until, holdUntil: until,
            decidedAt: now)
        image.set(record, at: slotIndex)
        findings.quarantined.append(address)
    }

    /// Whether nothing was found that could be somebody else's.
    var isBlank: Bool { damaged.isEmpty }

    consuming func takeImage() -> JournalImage { image }
}

extension JournalRecord {
    /// For how long the address was promised; `UInt64.max` without end.
    fileprivate var holdMilliseconds: UInt64 {
        holdUntil == .never ? .max : holdUntil.milliseconds - min(decidedAt, holdUntil).milliseconds
    }
}
