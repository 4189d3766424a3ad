import LinuxSystem

/// Encoded records that are about to be written. The memory is allocated once.
struct JournalPage: Sendable {
    private var bytes: [UInt8]
    private let crc: CRC32C
    private(set) var recordCount = 0

    init(recordCapacity: Int, crc: CRC32C) {
        bytes = [UInt8](repeating: 0, count: recordCapacity * JournalRecord.byteCount)
        self.crc = crc
    }

    var isFull: Bool { recordCount * JournalRecord.byteCount == bytes.count }

    /// The bytes of the records so far.
    var written: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { bytes.span.extracting(first: recordCount * JournalRecord.byteCount) }
    }

    mutating func removeAll() { recordCount = 0 }

    mutating func append(_ record: JournalRecord, _ position: JournalPosition) {
        let offset = recordCount * JournalRecord.byteCount
        let crc = crc
        var target = bytes.mutableSpan
        record.encode(position, crc, into: &target, at: offset)
        recordCount += 1
    }

    mutating func append(_ fingerprint: ExportFingerprint, _ position: JournalPosition) {
        let offset = recordCount * JournalRecord.byteCount
        let crc = crc
        var target = bytes.mutableSpan
        fingerprint.encode(position, crc, into: &target, at: offset)
        recordCount += 1
    }

    /// Replaces the contents with a batch of changes, numbered from `first` on.
    mutating func fill(
        with changes: Span<BindingChange>, at clock: ClockReading, generation: UInt32, first: UInt64
    ) {
        removeAll()
        for index in changes.indices {
            append(
                JournalRecord(changes[index], at: clock),
                JournalPosition(
                    generation: generation, number: first + UInt64(index), indexInBatch: UInt16(index)))
        }
    }
}
