import Glibc
import LinuxSystem
import SystemPackage

/// The leases on disk: an append-only file of checksummed records, written anew when it has grown too long.
///
/// It is zero-filled ahead, so that a batch is one write that does not change the file's length. After a write that went
/// wrong nobody knows what the file holds: it is never written to again, and no batch is durable until the whole state
/// stands in a new one. docs/durability.md tells more.
public struct Journal<Storage: JournalStorage & ~Copyable>: JournalSink, ~Copyable {
    private var storage: Storage
    private var layout: JournalLayout
    private let clock: @Sendable () -> ClockReading
    private let counters: JournalCounters
    /// Why the file must be replaced before anything counts again; nil while it is sound.
    private var breakage: SystemError?
    /// No sooner is the disk asked for more than a batch, after it refused.
    private var nextAttempt = BootTime(milliseconds: 0)
    /// When the next batch is to look whether the file still has its name.
    private var nextLook = BootTime(milliseconds: 0)
    /// How far the wall clock was ahead of the engine's when the times in the file were told.
    private var clockOffset: Int64

    private static var pauseMilliseconds: UInt64 { 100 }
    private static var lookMilliseconds: UInt64 { 1000 }

    /// Takes the contents of a journal into service: writes them into a new file, which shows at once whether the disk
    /// takes any.
    /// - Throws: when it does not; then the old file is as it was.
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

    /// What the table is to hold at the start.
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

    /// Sees to it that so many records can be appended.
    private mutating func prepare(for count: Int, at now: ClockReading) throws(SystemError) {
        try secure(at: now)
        if !layout.hasRoom(for: count) { try extend() }
    }

    /// Sees to it that the file counts: it is sound, has its name, and tells the right times.
    private mutating func secure(at now: ClockReading) throws(SystemError) {
        try checkName(at: now.boot)
        try followClock(now)
        if let breakage { try repair(breakage, at: now.boot) }
    }

    /// A file that somebody has removed or replaced takes every write, and the next start does not find it: it must be
    /// written anew. Nothing counts as long as its directory is missing.
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

    /// When somebody has set the wall clock, what the file says of the times to come is no longer true: it is written
    /// anew.
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

    /// Writes the page behind the records. If that fails, nobody knows what the file holds.
    private mutating func writePage() throws(SystemError) {
        do throws(SystemError) {
            try Self.append(layout, to: &storage)
        } catch {
            breakage = error
            throw error
        }
    }

    /// Fills the file with zeros ahead of the records. If that fails, what it holds counts all the same.
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
            // Until the next attempt, batches are refused for this reason.
            self.breakage = error
            throw error
        }
    }

    /// Writes the file anew when it has grown too long, and fills it with zeros ahead of the records.
    /// - Parameter isIdle: whether nobody waits for a batch; otherwise the file may grow to twice the length.
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
            // If that is in the way of a batch, the batch says so.
            nextAttempt = now.boot + Self.pauseMilliseconds
        }
    }
}

// MARK: Writing the file anew

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
            // A rename that failed may have happened all the same: then the open file has no name any more.
            breakage = error
            storage.abandonReplacement()
            throw error
        }
        layout.didReplace(generation: generation)
        do throws(SystemError) {
            try storage.syncDirectory()
        } catch {
            // After a power cut the old file may be back, without what comes from here on.
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

    /// Reads the new file back: what cannot be read now will not be read after a crash.
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

// MARK: From the layout's memory to the storage

// Static, because a span of one property and a change of another would count as two accesses to the journal.
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
