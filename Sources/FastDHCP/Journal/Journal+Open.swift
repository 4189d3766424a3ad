public import Addresses
public import LinuxSystem

extension Journal where Storage: ~Copyable {
    /// Opens the journal, or makes one.
    ///
    /// - Parameters:
    ///   - table: the pool, which tells an address's slot.
    ///   - pool: the network that the journal must be of.
    ///   - quarantineMilliseconds: for how long at least an address is set aside whose record is damaged.
    ///   - generation: any number; the journal's new files are numbered from it on.
    ///   - merge: may add to what was read, before it is written anew.
    /// - Throws: `JournalError`, or what `merge` throws; then the file is as it was.
    public static func open(
        _ storage: consuming Storage, table: LeaseTable, pool: IPv4Network, quarantineMilliseconds: UInt64,
        generation: UInt32, counters: JournalCounters = JournalCounters(),
        clock: @escaping @Sendable () -> ClockReading = { .now() },
        merge: (inout JournalContents) throws -> Void = { _ in }
    ) throws -> Journal {
        let crc = CRC32C()
        var contents = try load(
            &storage,
            JournalReplay.Conditions(table: table, pool: pool, quarantineMilliseconds: quarantineMilliseconds),
            now: clock().wall, crc)
        try merge(&contents)
        let isDamaged = contents.findings.isDamaged
        let layout = JournalLayout(
            image: contents.takeImage(), table: table, pool: pool, generation: generation, crc: crc)
        return try Journal(storage, layout: layout, isDamaged: isDamaged, counters: counters, clock: clock)
    }

    private static func load(
        _ storage: inout Storage, _ conditions: JournalReplay.Conditions, now: WallTime, _ crc: CRC32C
    ) throws(JournalError) -> JournalContents {
        guard try storage.open() != nil else { return JournalContents(table: conditions.table) }
        let path = storage.path
        let (header, identity) = try reading(path) { () throws(SystemError) in try identify(&storage, crc) }
        if let header {
            guard header.version <= JournalHeader.version else { throw .newerVersion(header.version, path: path) }
            guard header.pool == conditions.pool else {
                throw .otherPool(header.pool, expected: conditions.pool, path: path)
            }
        }
        var replay = JournalReplay(conditions, crc, identity)
        try reading(path) { () throws(SystemError) in
            try readRecords(&storage) { replay.read($0) }
        }
        replay.finish(at: now)
        // What has neither a header nor a record nor the blank space of a journal is somebody else's.
        if header == nil && replay.findings.recordCount == 0 {
            let isBegun = try reading(path) { () throws(SystemError) in try mayHaveBegun(&storage) }
            guard replay.isBlank, isBegun else { throw .notAJournal(path: path) }
        }
        return JournalContents(replay, table: conditions.table)
    }

    /// Does something that asks the disk, and says of which file a failure is.
    private static func reading<Result>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(JournalError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error, path: path)
        }
    }

    /// Finds out which records are the file's own.
    ///
    /// Both copies of the header say the same, unless the disk has brought an old block back: then the copy counts that
    /// more records belong to. Without a sound copy the most common generation does.
    private static func identify(
        _ storage: inout Storage, _ crc: CRC32C
    ) throws(SystemError) -> (header: JournalHeader?, identity: JournalReplay.Identity) {
        let headers = try readHeaders(&storage, crc)
        var header = headers.first
        var generation = header?.generation
        if headers.isEmpty || headers.contains(where: { $0 != header }) {
            let counts = try countGenerations(&storage, crc)
            header = headers.max { counts[$0.generation, default: 0] < counts[$1.generation, default: 0] }
            generation = header?.generation ?? counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
        }
        return (header, JournalReplay.Identity(generation: generation, recordCount: header?.recordCount ?? 0))
    }

    /// The sound ones of both copies.
    private static func readHeaders(_ storage: inout Storage, _ crc: CRC32C) throws(SystemError) -> [JournalHeader] {
        var headers: [JournalHeader] = []
        for offset in JournalHeader.offsets {
            var bytes = [UInt8](repeating: 0, count: JournalHeader.byteCount)
            var target = bytes.mutableSpan
            _ = try storage.read(.journal, at: offset, into: &target)
            if let header = JournalHeader.decode(bytes.span, crc) { headers.append(header) }
        }
        return headers
    }

    /// How many sound records each generation has.
    private static func countGenerations(_ storage: inout Storage, _ crc: CRC32C) throws(SystemError) -> [UInt32: Int] {
        var counts: [UInt32: Int] = [:]
        try readRecords(&storage) { bytes in
            for offset in stride(from: 0, through: bytes.count - JournalRecord.byteCount, by: JournalRecord.byteCount) {
                switch JournalRecord.decode(bytes.extracting(offset..<offset + JournalRecord.byteCount), crc) {
                case .record(_, let position), .fingerprint(_, let position):
                    counts[position.generation, default: 0] += 1
                case .blank, .damaged: break
                }
            }
        }
        return counts
    }

    /// Whether the file begins like a journal, as far as it goes, or with zeros.
    private static func mayHaveBegun(_ storage: inout Storage) throws(SystemError) -> Bool {
        var bytes = [UInt8](repeating: 0, count: JournalHeader.recordsOffset)
        var target = bytes.mutableSpan
        let count = try storage.read(.journal, at: 0, into: &target)
        return bytes.allSatisfy { $0 == 0 } || JournalHeader.hasMagic(bytes.span, byteCount: count)
    }

    /// Reads what stands behind the header, in pieces of whole records; only the last may end amid one.
    private static func readRecords(
        _ storage: inout Storage, _ take: (Span<UInt8>) -> Void
    ) throws(SystemError) {
        var chunk = [UInt8](repeating: 0, count: 4096 * JournalRecord.byteCount)
        var offset = JournalHeader.recordsOffset
        while true {
            var target = chunk.mutableSpan
            let count = try storage.read(.journal, at: offset, into: &target)
            guard count > 0 else { return }
            take(chunk.span.extracting(first: count))
            offset += count
        }
    }
}
