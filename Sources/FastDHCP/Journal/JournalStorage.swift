public import LinuxSystem
import SystemPackage

/// What the journal needs from a file system: one file that is the journal, and at times a second file that will
/// replace it.
///
/// Each call is one step, which may fail or be the last before a power cut. The journal stays correct either way.
public protocol JournalStorage: ~Copyable, SendableMetatype {
    /// The path of the journal, for messages.
    var path: String { get }

    /// Opens the journal and locks it for as long as this value lives.
    /// - Returns: its size in bytes; nil when there is none.
    mutating func open() throws(JournalError) -> Int?

    /// Checks whether the journal's name still refers to the open file.
    /// - Returns: false when it does not and a new file may take the name.
    /// - Throws: when no file may take the name: the directory is gone or is on another file system, or another process
    ///   has its own journal there.
    func isInPlace() throws(SystemError) -> Bool

    /// Reads into `bytes` from `offset` on.
    /// - Returns: how many bytes it read. Fewer than requested only at the end of the file.
    mutating func read(_ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>) throws(SystemError)
        -> Int

    /// Writes all bytes at `offset` of the journal. They are on the disk when this returns.
    mutating func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError)

    /// Creates a second, empty file, locked like the first. Removes one that was left over.
    /// - Throws: also when the directory is not on the file system where the journal was opened.
    mutating func createReplacement() throws(SystemError)

    /// Writes all bytes at `offset` of the second file, without waiting for the disk.
    mutating func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError)

    /// Waits until the second file is on the disk.
    mutating func syncReplacement() throws(SystemError)

    /// Gives the second file the name of the journal. From here on it is the journal.
    mutating func renameReplacement() throws(SystemError)

    /// Waits until the directory is on the disk.
    mutating func syncDirectory() throws(SystemError)

    /// Removes the second file, as far as possible.
    mutating func abandonReplacement()

    /// Gives the journal a second name, under which the file remains when another one takes its place.
    mutating func keepDamaged() throws(SystemError)
}

/// Which of the two files.
public enum JournalFile: Sendable {
    case journal
    case replacement
}

extension SystemError {
    /// A file whose contents differ from what was written.
    static var damagedFile: SystemError { SystemError(operation: "verify", code: .ioError) }

    /// The state directory is gone, or another file system is mounted over it.
    static var missingDirectory: SystemError { SystemError(operation: "stat", code: .staleNFSFileHandle) }

    /// Another process holds the lock of a file.
    static var lockedByAnother: SystemError { SystemError(operation: "flock", code: .wouldBlock) }
}
