public import Addresses

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
        guard let byteCount = try storage.open() else { return JournalContents(table: conditions.table) }
        let header = try readHeader(&storage, crc, pool: conditions.pool)
        var replay = JournalReplay(of: byteCount, conditions, crc, header: header)
        do throws(SystemError) {
            try readRecords(&storage, into: &replay)
        } catch {
            throw .system(error, path: storage.path)
        }
        replay.finish(at: now)
        // What has neither a header nor a record nor the blank space of a journal is somebody else's.
        if header == nil && replay.findings.recordCount == 0 {
            guard replay.isBlank, try mayHaveBegun(&storage) else { throw .notAJournal(path: storage.path) }
        }
        return JournalContents(replay, table: conditions.table)
    }

    /// The first sound one of both; nil when both are damaged.
    private static func readHeader(
        _ storage: inout Storage, _ crc: CRC32C, pool: IPv4Network
    ) throws(JournalError) -> JournalHeader? {
        var bytes = [UInt8](repeating: 0, count: JournalHeader.byteCount)
        for offset in JournalHeader.offsets {
            var target = bytes.mutableSpan
            do throws(SystemError) {
                _ = try storage.read(.journal, at: offset, into: &target)
            } catch {
                throw .system(error, path: storage.path)
            }
            guard let header = JournalHeader.decode(bytes.span, crc) else { continue }
            guard header.version <= JournalHeader.version else {
                throw .newerVersion(header.version, path: storage.path)
            }
            guard header.pool == pool else { throw .otherPool(header.pool, expected: pool, path: storage.path) }
            return header
        }
        return nil
    }

    /// Whether the file begins like a journal, as far as it goes, or with zeros.
    private static func mayHaveBegun(_ storage: inout Storage) throws(JournalError) -> Bool {
        var bytes = [UInt8](repeating: 0, count: JournalHeader.recordsOffset)
        var target = bytes.mutableSpan
        let count: Int
        do throws(SystemError) {
            count = try storage.read(.journal, at: 0, into: &target)
        } catch {
            throw .system(error, path: storage.path)
        }
        return bytes.allSatisfy { $0 == 0 } || JournalHeader.hasMagic(bytes.span, byteCount: count)
    }

    private static func readRecords(
        _ storage: inout Storage, into replay: inout JournalReplay
    ) throws(SystemError) {
        var chunk = [UInt8](repeating: 0, count: 4096 * JournalRecord.byteCount)
        var offset = JournalHeader.recordsOffset
        while true {
            var target = chunk.mutableSpan
            let count = try storage.read(.journal, at: offset, into: &target)
            guard count > 0 else { return }
            replay.read(chunk.span.extracting(first: count))
            offset += count
        }
    }
}
