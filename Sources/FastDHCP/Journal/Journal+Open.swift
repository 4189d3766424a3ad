public import Addresses
public import LinuxSystem

extension Journal where Storage: ~Copyable {
    /// Opens the journal, or creates one.
    ///
    /// - Parameters:
    ///   - table: the lease table, which maps an address of the pool to its slot.
    ///   - pool: the network that the journal must belong to.
    ///   - quarantineMilliseconds: the minimum time for which an address with a damaged record is set aside.
    ///   - generation: any number. The journal's new files are numbered from the next one on.
    ///   - merge: may add to the contents that were read, before they are written to a new file.
    /// - Throws: `JournalError`, or what `merge` throws. In both cases the file is unchanged.
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
        return try Journal(
            storage, layout: layout, isDamaged: isDamaged, counters: counters, clock: clock)
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
        // A file with no header and no record is accepted only if it is blank or starts like a journal. Otherwise it is
        // not ours.
        if header == nil && replay.findings.recordCount == 0 {
            let isBegun = try reading(path) { () throws(SystemError) in try mayHaveBegun(&storage) }
            guard replay.isBlank, isBegun else { throw .notAJournal(path: path) }
        }
        return JournalContents(replay, table: conditions.table)
    }

    /// Runs `body`, which accesses the disk, and adds the path to its error.
    private static func reading<Result>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(JournalError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error, path: path)
        }
    }

    /// Determines which records belong to this file.
    ///
    /// Both copies of the header are equal, unless the disk has brought back an old block. If they differ, the copy
    /// whose generation has more records wins. Without a sound copy the most common generation wins.
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

    /// The copies of the header that are sound, at most two.
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

    /// The number of sound records of each generation.
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

    /// Whether the start of the file is that of a journal, possibly cut short, or all zeros.
    private static func mayHaveBegun(_ storage: inout Storage) throws(SystemError) -> Bool {
        var bytes = [UInt8](repeating: 0, count: JournalHeader.recordsOffset)
        var target = bytes.mutableSpan
        let count = try storage.read(.journal, at: 0, into: &target)
        return bytes.allSatisfy { $0 == 0 } || JournalHeader.hasMagic(bytes.span, byteCount: count)
    }

    /// Reads everything after the header in chunks of whole records. Only the last chunk may end with a partial record.
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
