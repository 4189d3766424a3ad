import Glibc
public import LinuxSystem
import SystemPackage

/// What the journal has done since the daemon started. Written by the committer's thread, read by any.
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

    /// How long the write of a batch took with its sync, in nanoseconds.
    public let syncTimes = Distribution.ofTimes()

    public init() {}

    /// Records that were written and synced.
    public var recordCount: UInt64 { words.loadRelaxed(Word.records) }
    /// Writes of a batch that were synced.
    public var syncCount: UInt64 { words.loadRelaxed(Word.syncs) }
    /// Batches that the disk refused.
    public var failureCount: UInt64 { words.loadRelaxed(Word.failures) }
    /// How often the file was written anew.
    public var replacementCount: UInt64 { words.loadRelaxed(Word.replacements) }
    /// Bytes of records in the file.
    public var byteCount: UInt64 { words.loadRelaxed(Word.byteCount) }

    /// How often somebody had removed or replaced the file while it was in use.
    public var removalCount: UInt64 { words.loadRelaxed(Word.removals) }

    /// Why the file is out of reach, though its disk may be well; nil when it is not.
    public var obstacle: JournalObstacle? { JournalObstacle(trouble) }
    /// Why the latest write was refused; nil when it was not.
    public var trouble: SystemError? { error(Word.errorCode) }
    /// Why a batch was refused the last time; nil when none was.
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

    /// The disk took what was written.
    func clearError() { words.storeRelaxed(Word.errorCode, 0) }

    func countFailure(_ error: SystemError) {
        words.storeRelaxed(Word.failureCode, Self.code(of: error))
        words.increment(Word.failures)
        record(error)
    }

    func record(_ error: SystemError) { words.storeRelaxed(Word.errorCode, Self.code(of: error)) }

    private static func code(of error: SystemError) -> UInt64 { UInt64(UInt32(bitPattern: error.code.rawValue)) }

    /// The file has its name.
    func clearObstacle() { if obstacle != nil { clearError() } }

    func countRemoval() { words.increment(Word.removals) }
    func countReplacement() { words.increment(Word.replacements) }
    func setByteCount(_ count: Int) { words.storeRelaxed(Word.byteCount, UInt64(count)) }
}

/// What stands between the daemon and its journal.
public enum JournalObstacle: Equatable, Sendable {
    /// The state directory is gone, or another file system is mounted over it.
    case missingDirectory
    /// Another process has put a journal of its own in its place.
    case otherProcess

    fileprivate init?(_ error: SystemError?) {
        switch error?.code {
        case .staleNFSFileHandle: self = .missingDirectory
        case .wouldBlock: self = .otherProcess
        default: return nil
        }
    }
}
