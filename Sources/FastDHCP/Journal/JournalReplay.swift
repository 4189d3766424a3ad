public import Addresses
public import LinuxSystem

/// What reading a journal found, apart from the leases.
public struct JournalFindings: Equatable, Sendable {
    /// Records that could be read.
    public var recordCount = 0
    /// Addresses whose latest record was damaged. Nobody gets them for as long as a lease may last.
    public var quarantined: [IPv4Address] = []
    /// Acknowledged records that are lost and whose addresses are unknown.
    public var lostCount = 0
    /// Whether the end of the file is missing, and perhaps records with it.
    public var isCut = false
    /// Fingerprints of exports that are damaged.
    public var lostFingerprintCount = 0
    /// Records of a last write that was never acknowledged.
    public var tornCount = 0
    /// Leases of addresses that are no longer in the pool.
    public var outside: [JournalRecord] = []
    /// The latest time at which a record was written.
    public var newest = WallTime(milliseconds: 0)

    /// Whether there may be leases that are no longer in the journal.
    public var hasLosses: Bool { lostCount > 0 || isCut }
    /// Whether the file has damage worth investigating.
    public var isDamaged: Bool { hasLosses || !quarantined.isEmpty || lostFingerprintCount > 0 }
    /// Whether the fingerprints are certainly complete. A torn record may have been a fingerprint that was damaged
    /// later.
    var hasAllFingerprints: Bool { !hasLosses && lostFingerprintCount == 0 && tornCount == 0 }

    public init() {}
}

/// Reads a journal record by record, in any order.
///
/// Each record holds its own number. So a record is recognized even at another place than its own, and a missing one is
/// noticed. For each address the record with the highest number counts.
struct JournalReplay: ~Copyable {
    private let table: LeaseTable
    private let crc: CRC32C
    private let identity: Identity
    private(set) var image: JournalImage
    private(set) var findings = JournalFindings()
    /// The highest record number seen for each slot.
    private var latestNumbers: [UInt64]
    private var found = RecordNumbers()
    /// The damaged records, in the order of their places in the file.
    private var damaged: [DamagedRecord] = []
    private var outside: [IPv4Address: (number: UInt64, record: JournalRecord)] = [:]
    private var fingerprints: [UInt64: ExportFingerprint] = [:]
    private var last = JournalPosition(generation: 0, number: 0, indexInBatch: 0)
    private var placeCount: UInt64 = 0
    private var endsBlank = false
    private var longestHold: UInt64

    /// What the header says about the journal.
    struct Identity {
        /// The generation of this file. Records of other generations belong to other files. Nil when there are no
        /// records.
        var generation: UInt32?
        /// How many records were written together with the header. Not to be trusted: a forged or shortened file holds
        /// fewer.
        var recordCount: UInt32 = 0
    }

    private struct DamagedRecord {
        /// The number of the record, assuming that it is at its own place.
        var number: UInt64
        var address: IPv4Address?
    }

    /// The parameters for reading a journal.
    struct Conditions {
        var table: LeaseTable
        var pool: IPv4Network
        /// The minimum time for which an address with a damaged record is set aside.
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

    /// Reads the next bytes of the file. Only the last call may end with a partial record.
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

    /// Registers a record that was found. Returns false when it belongs to another file.
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

    /// Evaluates the records once all of them are read.
    /// - Parameter now: the current time.
    mutating func finish(at now: WallTime) {
        found.sort()
        findings.recordCount = found.count
        // A batch is written only after all earlier batches were confirmed to be on the disk.
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

    /// The number after the last record that was written together with the header.
    private var snapshotEnd: UInt64 { UInt64(identity.recordCount) + 1 }

    /// Evaluates the last write, which may be incomplete, and the damaged records in it and after it.
    private mutating func judgeTail(_ damaged: ArraySlice<DamagedRecord>, from start: UInt64, at now: WallTime) {
        // Records are missing in the middle of the last write. Another part of it is here, but nobody knows whether it
        // finished.
        let holeCount = found.missingCount(in: start..<max(start, last.number))
        findings.tornCount = Int(clamping: holeCount) - damaged.count { $0.number < last.number }
        // After the last record there is at most one unfinished write, unless damage hit the last record itself. A
        // damaged record usually still has its address, which a torn one seldom does. The client that has such an
        // address keeps it. If nobody has it, it is quarantined.
        for record in damaged {
            if let address = record.address, !extend(address, at: now) {
                quarantine(address, unlessAfter: record.number, at: now)
            } else {
                findings.tornCount += 1
            }
        }
    }

    /// Extends the hold of an address as far as the unreadable record may have extended it.
    /// - Returns: false when nobody has the address.
    private mutating func extend(_ address: IPv4Address, at now: WallTime) -> Bool {
        guard let slotIndex = table.slotIndex(of: address),
            var record = image.record(at: slotIndex, address: address), record.state == .bound
        else { return false }
        record.holdUntil = max(record.holdUntil, longestHoldEnd(at: now))
        image.set(record, at: slotIndex)
        return true
    }

    /// The latest end of a lease that is granted now.
    private func longestHoldEnd(at now: WallTime) -> WallTime {
        let (sum, overflow) = max(now, findings.newest).milliseconds.addingReportingOverflow(longestHold)
        return overflow ? .never : WallTime(milliseconds: sum)
    }

    /// Quarantines an address whose record `number` is damaged, unless a later record of the address was found.
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

    /// Whether no damaged record was found, which could be data of another program.
    var isBlank: Bool { damaged.isEmpty }

    consuming func takeImage() -> JournalImage { image }
}

extension JournalRecord {
    /// For how many milliseconds the address was promised; `UInt64.max` for a hold without end.
    fileprivate var holdMilliseconds: UInt64 {
        holdUntil == .never ? .max : holdUntil.milliseconds - min(decidedAt, holdUntil).milliseconds
    }
}
