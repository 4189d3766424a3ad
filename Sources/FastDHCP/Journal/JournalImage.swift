import Addresses
import LinuxSystem

/// The contents of the journal in memory: the latest record of each address. The file can be rewritten from it.
struct JournalImage: ~Copyable, Sendable {
    /// Four words per slot: client and state, deadline, holdUntil, time of the record. All zero when there is no
    /// record. The kernel backs a page of this memory only when the first record is stored in it.
    private let words: AtomicWords
    let slotCount: Int
    /// How many slots have a record.
    private(set) var recordCount = 0
    private(set) var fingerprints = ExportFingerprints()

    init(slotCount: Int) {
        self.slotCount = slotCount
        words = AtomicWords(count: slotCount * 4)
    }

    /// The record of the slot. The caller supplies the slot's address.
    func record(at slotIndex: Int, address: IPv4Address) -> JournalRecord? {
        let first = words.loadRelaxed(slotIndex * 4)
        guard first != 0, let state = LeaseState(rawValue: UInt8(truncatingIfNeeded: first)) else { return nil }
        return JournalRecord(
            state: state, isRelayed: first & 0x100 != 0, address: address,
            client: MACAddress(rawValue: first >> 16),
            deadline: WallTime(milliseconds: words.loadRelaxed(slotIndex * 4 + 1)),
            holdUntil: WallTime(milliseconds: words.loadRelaxed(slotIndex * 4 + 2)),
            decidedAt: WallTime(milliseconds: words.loadRelaxed(slotIndex * 4 + 3)))
    }

    mutating func set(_ record: JournalRecord, at slotIndex: Int) {
        if words.loadRelaxed(slotIndex * 4) == 0 { recordCount += 1 }
        words.storeRelaxed(
            slotIndex * 4,
            record.client.rawValue << 16 | (record.isRelayed ? 0x100 : 0) | UInt64(record.state.rawValue))
        words.storeRelaxed(slotIndex * 4 + 1, record.deadline.milliseconds)
        words.storeRelaxed(slotIndex * 4 + 2, record.holdUntil.milliseconds)
        words.storeRelaxed(slotIndex * 4 + 3, record.decidedAt.milliseconds)
    }

    mutating func set(_ fingerprint: ExportFingerprint) { fingerprints.insert(fingerprint) }

    /// Applies a batch that is on the disk.
    mutating func apply(_ changes: Span<BindingChange>, at clock: ClockReading) {
        for index in changes.indices {
            set(JournalRecord(changes[index], at: clock), at: Int(changes[index].slotIndex))
        }
    }
}

extension JournalRecord {
    init(_ change: BindingChange, at clock: ClockReading) {
        state = change.state
        isRelayed = change.isRelayed
        address = change.address
        client = change.client
        deadline = clock.wallTime(of: change.deadline)
        holdUntil = Self.onDisk(clock.wallTime(of: change.holdUntil), of: change.state)
        decidedAt = clock.wall
    }
}
