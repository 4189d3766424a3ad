public import LinuxSystem

/// What the journal asks of a file system: one file that is the journal, and at times a second that will take its place.
///
/// Each call is one step that can fail, or be the last before a power cut; the journal is right whatever comes of it.
public protocol JournalStorage: ~Copyable, SendableMetatype {
    /// The journal's name, for people.
    var path: String { get }

    /// Opens the journal and locks it, as long as this value lives.
    /// - Returns: its size in bytes; nil when there is none.
    mutating func open() throws(JournalError) -> Int?

    /// Looks whether the journal's name still stands for the open file.
    /// - Returns: false when it does not, and a new file may take the name.
    /// - Throws: when none may: the directory is gone or is on another file system, or another process has a journal of
    ///   its own there.
    func isInPlace() throws(SystemError) -> Bool

    /// Reads what fits at `offset`.
    /// - Returns: how many bytes it read; less than asked for only at the end of the file.
    mutating func read(_ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>) throws(SystemError)
        -> Int

    /// Writes all bytes at `offset` of the journal; they are on the disk when this returns.
    mutating func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError)

    /// Makes a second, empty file, locked like the first, in place of one that was left over.
    /// - Throws: also when the directory is not on the file system where the journal was opened.
    mutating func createReplacement() throws(SystemError)

    /// Writes all bytes at `offset` of the second file; they may stay in memory.
    mutating func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError)

    /// Waits until the second file is on the disk.
    mutating func syncReplacement() throws(SystemError)

    /// Gives the second file the name of the journal: from here on it is the journal.
    mutating func renameReplacement() throws(SystemError)

    /// Waits until the directory is on the disk.
    mutating func syncDirectory() throws(SystemError)

    /// Removes the second file, as far as possible.
    mutating func abandonReplacement()

    /// Gives the journal a second name under which it stays when another takes its place.
    mutating func keepDamaged() throws(SystemError)
}

/// Which of the two files.
public enum JournalFile: Sendable {
    case journal
    case replacement
}
