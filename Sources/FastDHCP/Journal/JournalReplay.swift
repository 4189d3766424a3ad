public import Addresses
public import LinuxSystem

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
    /// Damaged fingerprints of exports.
    public var lostFingerprintCount = 0
    /// Records of a last write that never was acknowledged.
    public var tornCount = 0
    /// Leases of addresses that the pool no longer has.
    public var outside: [JournalRecord] = []
    /// The latest moment at which a record was written.
    public var newest = WallTime(milliseconds: 0)

    /// Whether leases may exist that the journal no longer tells.
    public var hasLosses: Bool { lostCount > 0 || isCut }
    /// Whether the file is worth being looked at.
    public var isDamaged: Bool { hasLosses || !quarantined.isEmpty || lostFingerprintCount > 0 }
    /// Whether no fingerprint of an export may be missing. A torn record may have been a fingerprint that was damaged later.
    var hasAllFingerprints: Bool { !hasLosses && lostFingerprintCount == 0 && tornCount == 0 }

    public init() {}
}

/// Reads a journal, record by record, in whatever order they are.
///
/// A record's number tells its place, so one that stands elsewhere is found as well, and one that is missing is missed.
/// What counts of an address is its record with the highest number.
struct JournalReplay: ~Copyable {
    private let table: LeaseTable
    private let crc: CRC32C
    private let identity: Identity
    private(set) var image: JournalImage
    private(set) var findings = JournalFindings()
    /// The highest number seen for each slot.
    private var latestNumbers: [UInt64]
    private var found = RecordNumbers()
    /// What could be read of damaged records, in the order of their places.
    private var damaged: [DamagedRecord] = []
    private var outside: [IPv4Address: (number: UInt64, record: JournalRecord)] = [:]
    private var fingerprints: [UInt64: ExportFingerprint] = [:]
    private var last = JournalPosition(generation: 0, number: 0, indexInBatch: 0)
    private var placeCount: UInt64 = 0
    private var endsBlank = false
    private var longestHold: UInt64

    /// What a journal says of itself.
    struct Identity {
        /// The records of other generations belong to other files; nil when there are no records at all.
        var generation: UInt32?
        /// How many records were written together with the header. Not to be trusted: a forged or shortened file holds
        /// fewer.
        var recordCount: UInt32 = 0
    }

    private struct DamagedRecord {
        /// The number that the record has if it stands where it was written.
        var number: UInt64
        var address: IPv4Address?
    }

    /// For whom the journal is read.
    struct Conditions {
        var table: LeaseTable
        var pool: IPv4Network
        /// The least time for which a damaged address is set aside.
        var quarantineMilliseconds: UInt64
    }

    init(_ conditions: Conditions, _ crc: CRC32C, _ identity: Identity) {
        table = conditions.table
        longestHold = conditions.quarantineMilliseconds
        self.crc = crc
        self.identity = identity
        image = JournalImage(slotCount: table.count)
        latestNumbers = [UInt64](repeating: 0, count: table.count)
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
            damaged.append(DamagedRecord(number: placeCount + 1, address: nil))
        }
    }

    private mutating func read(place bytes: Span<UInt8>) {
        placeCount += 1
        endsBlank = false
        switch JournalRecord.decode(bytes, crc) {
        case .blank: endsBlank = true
        case .damaged(let address): damaged.append(DamagedRecord(number: placeCount, address: address))
        case .record(let record, let position): if isOurs(position) { take(record, position) }
        case .fingerprint(let fingerprint, let position):
            if isOurs(position) { fingerprints[position.number] = fingerprint }
        }
    }

    /// Counts a record that was found; false when it belongs to another file.
    private mutating func isOurs(_ position: JournalPosition) -> Bool {
        guard position.generation == identity.generation, position.number > 0 else { return false }
        found.append(position.number)
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
        guard position.number > latestNumbers[slotIndex] else { return }
        latestNumbers[slotIndex] = position.number
        image.set(record, at: slotIndex)
    }

    /// Draws the conclusions once all is read.
    /// - Parameter now: the present moment.
    mutating func finish(at now: WallTime) {
        found.sort()
        findings.recordCount = found.count
        // Whoever writes a batch has had the answer that all earlier ones are on the disk.
        let acknowledgedEnd = max(last.number - min(UInt64(last.indexInBatch), last.number), snapshotEnd)
        let missing = damaged.filter { !found.contains($0.number) }
        let lost = missing.filter { $0.number < acknowledgedEnd }
        for record in lost {
            if let address = record.address { quarantine(address, unlessAfter: record.number, at: now) }
        }
        judgeTail(missing.dropFirst(lost.count), from: acknowledgedEnd, at: now)
        let readableCount = UInt64(lost.count { $0.address != nil })
        findings.lostCount = Int(clamping: found.missingCount(in: 1..<acknowledgedEnd) - readableCount)
        findings.isCut = !endsBlank
        for (_, fingerprint) in fingerprints.sorted(by: { $0.key < $1.key }).suffix(ExportFingerprints.capacity) {
            image.set(fingerprint)
        }
        findings.quarantined.sort()
        findings.outside = outside.values.map(\.record).filter { $0.state == .bound }.sorted { $0.address < $1.address }
    }

    /// The number behind the records that were written together with the header.
    private var snapshotEnd: UInt64 { UInt64(identity.recordCount) + 1 }

    /// Judges the last write, which perhaps never ended, and what is damaged in it and behind it.
    private mutating func judgeTail(_ damaged: ArraySlice<DamagedRecord>, from start: UInt64, at now: WallTime) {
        // A hole amid the last write: another part of it is here, but nobody knows whether it ended.
        let holeCount = found.missingCount(in: start..<max(start, last.number))
        findings.tornCount = Int(clamping: holeCount) - damaged.count { $0.number < last.number }
        // Behind the last record stands at most one write that never ended, unless damage hit the last record itself:
        // then it still tells its address, which a torn one seldom does. Whoever has that address keeps it.
        for record in damaged {
            if let address = record.address, !extend(address, at: now) {
                quarantine(address, unlessAfter: record.number, at: now)
            } else {
                findings.tornCount += 1
            }
        }
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
        if address == .unspecified { findings.lostFingerprintCount += 1 }
        guard let slotIndex = table.slotIndex(of: address), latestNumbers[slotIndex] < number else { return }
        latestNumbers[slotIndex] = number
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
