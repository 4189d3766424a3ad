import Glibc
public import LinuxSystem
import SystemPackage

/// What the journal has done since the daemon started. Written by the committer's thread, read by any thread.
public final class JournalCounters: Sendable {
    private let words = AtomicWords(count: 8)
    private enum Word {
        static let records = 0
        static let syncs = 1
        static let failures = 2
        static let errorCode = 3
        static let replacements = 4
        static let byteCount = 5
        static let failureCode = 6
        static let removals = 7
    }

    /// How long writing and syncing a batch took, in nanoseconds.
    public let syncTimes = Distribution.ofTimes()

    public init() {}

    /// Records that were written and synced in batches.
    public var recordCount: UInt64 { words.loadRelaxed(Word.records) }
    /// Batches that were written and synced.
    public var syncCount: UInt64 { words.loadRelaxed(Word.syncs) }
    /// Batches that could not be made durable.
    public var failureCount: UInt64 { words.loadRelaxed(Word.failures) }
    /// How often the file was rewritten.
    public var replacementCount: UInt64 { words.loadRelaxed(Word.replacements) }
    /// Bytes of records in the file.
    public var byteCount: UInt64 { words.loadRelaxed(Word.byteCount) }

    /// How often the file was found removed or replaced by somebody else while in use.
    public var removalCount: UInt64 { words.loadRelaxed(Word.removals) }

    /// What keeps the daemon from its file although the disk may be healthy; nil when nothing does.
    public var obstacle: JournalObstacle? { JournalObstacle(trouble) }
    /// The latest error; nil when a write has succeeded since.
    public var trouble: SystemError? { error(Word.errorCode) }
    /// Why the latest failed batch failed; nil when none has failed.
    public var latestFailure: SystemError? { error(Word.failureCode) }

    private func error(_ word: Int) -> SystemError? {
        let code = words.loadRelaxed(word)
        return code == 0 ? nil : SystemError(operation: "write", code: Errno(rawValue: Int32(truncatingIfNeeded: code)))
    }

    func countBatch(of recordCount: Int, nanoseconds: UInt64) {
        words.increment(Word.records, by: UInt64(recordCount))
        words.increment(Word.syncs)
        syncTimes.add(nanoseconds)
        clearError()
    }

    /// Records that the disk accepted a write.
    func clearError() { words.storeRelaxed(Word.errorCode, 0) }

    func countFailure(_ error: SystemError) {
        words.storeRelaxed(Word.failureCode, Self.code(of: error))
        words.increment(Word.failures)
        record(error)
    }

    func record(_ error: SystemError) { words.storeRelaxed(Word.errorCode, Self.code(of: error)) }

    private static func code(of error: SystemError) -> UInt64 { UInt64(UInt32(bitPattern: error.code.rawValue)) }

    /// Records that the file still has its name.
    func clearObstacle() { if obstacle != nil { clearError() } }

    func countRemoval() { words.increment(Word.removals) }
    func countReplacement() { words.increment(Word.replacements) }
    func setByteCount(_ count: Int) { words.storeRelaxed(Word.byteCount, UInt64(count)) }
}

/// What keeps the daemon from its journal.
public enum JournalObstacle: Equatable, Sendable {
    /// The state directory is gone, or another file system is mounted over it.
    case missingDirectory
    /// Another process has put its own journal in the place of ours.
    case otherProcess

    fileprivate init?(_ error: SystemError?) {
        switch error?.code {
        case .staleNFSFileHandle: self = .missingDirectory
        case .wouldBlock: self = .otherProcess
        default: return nil
        }
    }
}
