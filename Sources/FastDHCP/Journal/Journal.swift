import Glibc
import LinuxSystem
import SystemPackage

/// The leases on disk: an append-only file of checksummed records, which is rewritten when it has grown too long.
///
/// The file is filled with zeros ahead of the records, so that a batch is one write that does not change the file's
/// length. After a failed write the contents of the file are unknown. The journal never appends to that file again, and
/// no batch is durable until the whole state is in a new file. See docs/durability.md.
public struct Journal<Storage: JournalStorage & ~Copyable>: JournalSink, ~Copyable {
    private var storage: Storage
    private var layout: JournalLayout
    private let clock: @Sendable () -> ClockReading
    private let counters: JournalCounters
    /// Why the file must be replaced before another batch can be durable; nil while the file is sound.
    private var breakage: SystemError?
    /// After a failure, no repair and no `tidy` before this time.
    private var nextAttempt = BootTime(milliseconds: 0)
    /// When to check next that the file still has its name.
    private var nextLook = BootTime(milliseconds: 0)
    /// The offset between the wall clock and the engine's clock on which the times in the file are based.
    private var clockOffset: Int64

    private static var pauseMilliseconds: UInt64 { 100 }
    private static var lookMilliseconds: UInt64 { 1000 }

    /// Starts the journal with the given contents: writes them to a new file, which shows at once whether the disk
    /// accepts writes.
    /// - Throws: when the disk does not accept writes. Then the old file is unchanged.
    init(
        _ storage: consuming Storage, layout: consuming JournalLayout, isDamaged: Bool, counters: JournalCounters,

        clock: @escaping @Sendable () -> ClockReading
    ) throws(JournalError) {
        self.storage = storage
        self.layout = layout
        self.counters = counters
        self.clock = clock
        clockOffset = clock().offset
        do throws(SystemError) {
            if isDamaged { try self.storage.keepDamaged() }
            try replace()
        } catch {
            throw .system(error, path: self.storage.path)
        }
    }

    /// The leases that the table holds at the start.
    public borrowing func restoredLeases() -> [RestoredLease] { layout.restoredLeases(at: clock()) }
}

extension Journal: Sendable where Storage: Sendable & ~Copyable {}

// MARK: Committing

extension Journal where Storage: ~Copyable {
    public mutating func commit(_ changes: Span<BindingChange>) -> Bool {
        let start = BootTime.nanosecondsNow()
        do throws(SystemError) {
            let now = clock()
            try prepare(for: changes.count, at: now)
            layout.fillPage(with: changes, at: now)
            try writePage()
            layout.didAppend(changes, at: now)
        } catch {
            counters.countFailure(error)
            return false
        }
        counters.countBatch(of: changes.count, nanoseconds: BootTime.nanosecondsNow() - start)
        counters.setByteCount(layout.end)
        return true
    }

    public mutating func record(_ fingerprint: ExportFingerprint) -> Bool {
        do throws(SystemError) {
            try prepare(for: 1, at: clock())
            layout.fillPage(with: fingerprint)
            try writePage()
            layout.didAppend(fingerprint)
        } catch {
            counters.record(error)
            return false
        }
        counters.clearError()
        return true
    }

    /// Makes sure that `count` records can be appended.
    private mutating func prepare(for count: Int, at now: ClockReading) throws(SystemError) {
        try secure(at: now)
        if !layout.hasRoom(for: count) { try extend() }
    }

    /// Makes sure that the file is sound, still has its name, and holds the right times.
    private mutating func secure(at now: ClockReading) throws(SystemError) {
        try checkName(at: now.boot)
        try followClock(now)
        if let breakage { try repair(breakage, at: now.boot) }
    }

    /// Checks that the file still has its name. A file that was removed or replaced still accepts writes, but the next
    /// start would not find it, so it must be rewritten. While its directory is missing, no batch is durable.
    private mutating func checkName(at now: BootTime) throws(SystemError) {
        guard now >= nextLook else { return }
        if try storage.isInPlace() {
            nextLook = now + Self.lookMilliseconds
            counters.clearObstacle()
        } else if breakage == nil {
            breakage = SystemError(operation: "stat", code: .noSuchFileOrDirectory)
            counters.countRemoval()
        }
    }

    /// Rewrites the file when the wall clock was set, because the times in the file are then wrong.
    private mutating func followClock(_ now: ClockReading) throws(SystemError) {
        let step = now.offset - clockOffset
        guard abs(step) > ClockReading.driftTolerance else { return }
        clockOffset = now.offset
        layout.shift(by: step)
        do throws(SystemError) {
            try replace()
        } catch {
            breakage = error
            throw error
        }
    }

    /// Writes the page after the last record. If that fails, the contents of the file are unknown.
    private mutating func writePage() throws(SystemError) {
        do throws(SystemError) {
            try Self.append(layout, to: &storage)
        } catch {
            breakage = error
            throw error
        }
    }

    /// Fills the file with zeros ahead of the records. If that fails, the records in the file are still valid.
    private mutating func extend() throws(SystemError) {
        try Self.fillAhead(layout, in: &storage)
        layout.blankEnd += layout.zeros.count
    }

    private mutating func repair(_ breakage: SystemError, at now: BootTime) throws(SystemError) {
        guard now >= nextAttempt else { throw breakage }
        nextAttempt = now + Self.pauseMilliseconds
        do throws(SystemError) {
            try replace()
        } catch {
            // Until the next attempt, batches fail with this error.
            self.breakage = error
            throw error
        }
    }

    /// Rewrites the file when it has grown too long, and fills it with zeros ahead of the records.
    /// - Parameter isIdle: whether nobody waits for a batch. If false, the file may grow to twice the length first.
    public mutating func tidy(isIdle: Bool) {
        let now = clock()
        guard now.boot >= nextAttempt else { return }
        do throws(SystemError) {
            try secure(at: now)
        } catch {
            nextAttempt = now.boot + Self.pauseMilliseconds
            counters.record(error)
            return
        }
        do throws(SystemError) {
            if layout.isTooLong(isIdle: isIdle) {
                try replace()
            } else if !layout.hasRoom(for: JournalLayout.pageCapacity) {
                try extend()
            }
        } catch {
            // If this problem also affects the next batch, that batch reports it.
            nextAttempt = now.boot + Self.pauseMilliseconds
        }
    }
}

// MARK: Rewriting the file

extension Journal where Storage: ~Copyable {
    private mutating func replace() throws(SystemError) {
        let generation = layout.generation &+ 1
        do throws(SystemError) {
            try writeReplacement(generation)
        } catch {
            storage.abandonReplacement()
            throw error
        }
        do throws(SystemError) {
            try storage.renameReplacement()
        } catch {
            // A failed rename may still have taken effect. Then the open file no longer has a name.
            breakage = error
            storage.abandonReplacement()
            throw error
        }
        layout.didReplace(generation: generation)
        do throws(SystemError) {
            try storage.syncDirectory()
        } catch {
            // After a power cut the old file may be back, and records appended from here on would be lost.
            breakage = error
            throw error
        }
        breakage = nil
        counters.clearError()
        counters.countReplacement()
        counters.setByteCount(layout.end)
    }

    private mutating func writeReplacement(_ generation: UInt32) throws(SystemError) {
        try storage.createReplacement()
        let headers = layout.headers(generation: generation)
        try storage.writeReplacement(headers.span, at: 0)
        var number: UInt64 = 1
        var entry = 0
        while entry < layout.entryCount {
            let first = number
            entry = layout.fillPage(from: entry, generation: generation, number: &number)
            if number > first {
                try Self.writePage(of: layout, first: first, to: &storage)
            }
        }
        try Self.writeZeros(of: layout, at: JournalLayout.offset(ofRecord: number), to: &storage)
        try storage.syncReplacement()
        try verifyReplacement(generation, recordCount: number - 1)
    }

    /// Reads the new file back: a record that cannot be read now could not be read after a crash either.
    private mutating func verifyReplacement(_ generation: UInt32, recordCount: UInt64) throws(SystemError) {
        var chunk = [UInt8](repeating: 0, count: JournalLayout.pageCapacity * JournalRecord.byteCount)
        var number: UInt64 = 1
        while number <= recordCount {
            var target = chunk.mutableSpan
            let byteCount = try storage.read(.replacement, at: JournalLayout.offset(ofRecord: number), into: &target)
            let count = min(UInt64(byteCount / JournalRecord.byteCount), recordCount - number + 1)
            guard count > 0, layout.isSound(chunk.span, generation: generation, first: number, count: Int(count)) else {
                throw .damagedFile
            }
            number += count
        }
    }
}

// MARK: Writing the layout's memory to the storage

// Static, because the exclusivity check would count a span of one property and a mutation of another as two accesses to
// the journal.
extension Journal where Storage: ~Copyable {
    private static func append(
        _ layout: borrowing JournalLayout, to storage: inout Storage
    ) throws(SystemError) {
        try storage.append(layout.page.written, at: layout.end)
    }

    private static func fillAhead(
        _ layout: borrowing JournalLayout, in storage: inout Storage
    ) throws(SystemError) {
        try storage.append(layout.zeros.span, at: layout.blankEnd)
    }

    private static func writePage(
        of layout: borrowing JournalLayout, first: UInt64, to storage: inout Storage
    ) throws(SystemError) {
        try storage.writeReplacement(layout.page.written, at: JournalLayout.offset(ofRecord: first))
    }

    private static func writeZeros(
        of layout: borrowing JournalLayout, at offset: Int, to storage: inout Storage
    ) throws(SystemError) {
        try storage.writeReplacement(layout.zeros.span, at: offset)
    }
}
