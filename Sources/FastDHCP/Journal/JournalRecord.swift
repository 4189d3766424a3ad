public import Addresses
public import LinuxSystem

/// The journal's record of one address at one moment.
///
/// 64 bytes, so that no disk sector ever holds half a record. Numbers are big-endian:
///
///      0  checksum (CRC-32C) of all that follows
///      4  state          5  flags (1: relayed)      6  place in its batch (2 bytes)
///      8  number of the record in its file, from 1 (8)
///     16  address        20  hardware address (6)   26  zero (2)
///     28  generation of the file
///     32  deadline (8)   40  holdUntil (8)          48  when it was written (8), all in milliseconds since 1970
///     56  zero           60  the address with all bits inverted: damage seldom hits both
///
/// A record of state 5 is not a lease but the fingerprint of an export: its size at 32, its checksum at 40 (8 bytes
/// each).
public struct JournalRecord: Equatable, Sendable {
    static let byteCount = 64

    /// `.bound`, `.expired`, `.declined` or `.quarantined`.
    public var state: LeaseState
    public var isRelayed: Bool
    public var address: IPv4Address
    /// The client that has the address, or had it last. For a quarantined address the one that the lease file names;
    /// zero if it names none.
    public var client: MACAddress
    /// When the state ends. For an expired lease: when it expired.
    public var deadline: WallTime
    /// Until when the address is kept for the client. For a binding this is later than what the engine relies on.
    public var holdUntil: WallTime
    public var decidedAt: WallTime
}

extension JournalRecord {
    /// How much longer the disk holds a binding than renewals rely on, in milliseconds. The journal follows the wall
    /// clock with a tolerance of one second, and both ends of a time may be off by that much.
    private static let clockMargin: Int64 = 2_000

    /// The end of a hold as it is written to disk.
    static func onDisk(_ holdUntil: WallTime, of state: LeaseState) -> WallTime {
        state == .bound ? holdUntil.shifted(by: clockMargin) : holdUntil
    }

    /// The end of the hold that the engine may rely on.
    var reliableHold: WallTime { state == .bound ? holdUntil.shifted(by: -Self.clockMargin) : holdUntil }
}

/// The position of a record in its file.
struct JournalPosition: Equatable {
    var generation: UInt32
    /// From 1.
    var number: UInt64
    /// How many records of the same write come before it.
    var indexInBatch: UInt16

    /// Writes the position and the checksum into a record whose other bytes are already written.
    fileprivate func seal(_ crc: CRC32C, in bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.store(indexInBatch, at: offset + 6)
        bytes.store(number, at: offset + 8)
        bytes.store(generation, at: offset + 28)
        let checksum = crc.checksum(of: bytes.span.extracting(offset + 4..<offset + JournalRecord.byteCount))
        bytes.store(checksum, at: offset)
    }
}

extension ExportFingerprint {
    fileprivate static let code: UInt8 = 5

    /// Writes the fingerprint's 64 bytes at `offset`.
    func encode(_ position: JournalPosition, _ crc: CRC32C, into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        for index in offset..<offset + JournalRecord.byteCount { bytes[index] = 0 }
        bytes[offset + 4] = Self.code
        bytes.store(byteCount, at: offset + 32)
        bytes.store(UInt64(checksum), at: offset + 40)
        // The inverted address 0.0.0.0, which is in no pool.
        bytes.store(UInt32.max, at: offset + 60)
        position.seal(crc, in: &bytes, at: offset)
    }
}

extension JournalRecord {
    /// The state for the number that stands for it on disk.
    private static func state(ofCode code: UInt8) -> LeaseState? {
        switch code {
        case 1: .bound
        case 2: .expired
        case 3: .declined
        case 4: .quarantined
        default: nil
        }
    }

    private var code: UInt8 {
        switch state {
        case .bound: 1
        case .expired: 2
        case .declined: 3
        case .quarantined: 4
        case .free, .offered: preconditionFailure("a lease in state \(state) is never written to the journal")
        }
    }

    /// Writes the record's 64 bytes at `offset`.
    func encode(_ position: JournalPosition, _ crc: CRC32C, into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes[offset + 4] = code
        bytes[offset + 5] = isRelayed ? 1 : 0
        bytes.store(address, at: offset + 16)
        bytes.store(client, at: offset + 20)
        bytes.store(UInt16(0), at: offset + 26)
        bytes.store(deadline.milliseconds, at: offset + 32)
        bytes.store(holdUntil.milliseconds, at: offset + 40)
        bytes.store(decidedAt.milliseconds, at: offset + 48)
        bytes.store(UInt32(0), at: offset + 56)
        bytes.store(~address.rawValue, at: offset + 60)
        position.seal(crc, in: &bytes, at: offset)
    }

    /// The result of reading the place of one record.
    enum Reading: Equatable {
        /// Zeros. The file is filled with them ahead of the records.
        case blank
        case record(JournalRecord, JournalPosition)
        case fingerprint(ExportFingerprint, JournalPosition)
        /// A damaged record, with its address if both copies of the address agree.
        case damaged(IPv4Address?)
    }

    /// The checksum of zeros is not zero, so a sound record is never blank.
    private static func isBlank(_ bytes: Span<UInt8>) -> Bool {
        for offset in stride(from: 0, to: byteCount, by: 8) where bytes.uint64(at: offset) != 0 { return false }
        return true
    }

    /// Decodes the 64 bytes of a record.
    static func decode(_ bytes: Span<UInt8>, _ crc: CRC32C) -> Reading {
        precondition(bytes.count == byteCount, "a record has \(byteCount) bytes")
        if isBlank(bytes) { return .blank }
        let isSound = bytes.uint32(at: 0) == crc.checksum(of: bytes.extracting(droppingFirst: 4))
        let position = JournalPosition(
            generation: bytes.uint32(at: 28), number: bytes.uint64(at: 8), indexInBatch: bytes.uint16(at: 6))
        if isSound && bytes[4] == ExportFingerprint.code {
            let checksum = UInt32(truncatingIfNeeded: bytes.uint64(at: 40))
            return .fingerprint(ExportFingerprint(byteCount: bytes.uint64(at: 32), checksum: checksum), position)
        }
        guard isSound, let state = state(ofCode: bytes[4]) else {
            let address = bytes.ipv4Address(at: 16)
            return .damaged(address.rawValue == ~bytes.uint32(at: 60) ? address : nil)
        }
        let record = JournalRecord(
            state: state, isRelayed: bytes[5] & 1 != 0, address: bytes.ipv4Address(at: 16),
            client: bytes.macAddress(at: 20), deadline: WallTime(milliseconds: bytes.uint64(at: 32)),
            holdUntil: WallTime(milliseconds: bytes.uint64(at: 40)),
            decidedAt: WallTime(milliseconds: bytes.uint64(at: 48)))
        return .record(record, position)
    }
}

extension RestoredLease {
    /// Converts a record of the journal to the engine's clock.
    init(_ record: JournalRecord, at clock: ClockReading) {
        self.init(
            record.state, address: record.address, client: record.client, isRelayed: record.isRelayed,
            deadline: clock.bootTime(of: record.deadline, decidedAt: record.decidedAt),
            holdUntil: clock.bootTime(of: record.holdUntil, decidedAt: record.decidedAt),
            reliableHold: clock.bootTime(of: record.reliableHold, decidedAt: record.decidedAt))
    }
}
