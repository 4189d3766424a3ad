import Glibc
public import LinuxSystem
import SystemPackage

/// The journal as files in the state directory: `leases.journal`, beside it `leases.journal.new` while the journal is
/// being rewritten, and `leases.journal.damaged` after damage was found.
public struct FileJournalStorage: JournalStorage, ~Copyable, Sendable {
    public let path: String
    private let directory: String
    private var journal: OwnedDescriptor?
    private var replacement: OwnedDescriptor?
    /// The device of the directory when the journal was opened.
    private var device: UInt64 = 0
    /// Whether the journal is an empty file that this value created.
    private var isPlaceholder = false

    private var replacementPath: String { path + ".new" }

    /// - Parameter directory: the state directory, which must exist.
    public init(inDirectory directory: String) {
        self.directory = directory
        path = directory + "/leases.journal"
    }

    public mutating func open() throws(JournalError) -> Int? {
        do throws(SystemError) {
            return try openLocked()
        } catch {
            switch error.code {
            case .wouldBlock: throw .inUse(path: path)
            case .isDirectory, .noSuchAddressOrDevice, .tooManySymbolicLinkLevels: throw .notAFile(path: path)
            default: throw .system(error, path: path)
            }
        }
    }

    private mutating func openLocked() throws(SystemError) -> Int? {
        while true {
            let file = try openOrPlace()
            let status = try SystemCall.fileStatus(file.rawValue)
            guard status.isRegular else { throw SystemError(operation: "open", code: .isDirectory) }
            guard try SystemCall.lock(file.rawValue) else { throw .lockedByAnother }
            // The previous holder of the lock may have put another file in its place.
            guard status.isSameFile(as: try SystemCall.fileStatus(at: path)) else { continue }
            journal = consume file
            device = try SystemCall.fileStatus(at: directory)?.device ?? status.device
            // An empty file is a placeholder: no journal was ever written to it.
            isPlaceholder = status.byteCount == 0
            return isPlaceholder ? nil : status.byteCount
        }
    }

    /// Opens the journal. If there is none, creates an empty file, so that its lock keeps another daemon out.
    private func openOrPlace() throws(SystemError) -> OwnedDescriptor {
        do throws(SystemError) {
            return try SystemCall.open(path, .readWrite, .nonBlocking)
        } catch {
            guard error.code == .noSuchFileOrDirectory else { throw error }
        }
        do throws(SystemError) {
            return try SystemCall.open(path, .readWrite, [.create, .exclusiveCreate], permissions: .ownerReadWrite)
        } catch {
            guard error.code == .fileExists else { throw error }
        }
        return try SystemCall.open(path, .readWrite, .nonBlocking)
    }

    public func isInPlace() throws(SystemError) -> Bool {
        // The open descriptor cannot answer this: the file stays alive without its name, and on a lazily unmounted file
        // system it even keeps its link count.
        let named = try SystemCall.fileStatus(at: path)
        if try SystemCall.fileStatus(descriptor(of: .journal)).isSameFile(as: named) { return true }
        try checkDirectory()
        if named != nil { try checkLock() }
        return false
    }

    /// Throws when the directory is missing or on another device than at the start: then its file system was unmounted,
    /// or another one is mounted over it.
    private func checkDirectory() throws(SystemError) {
        guard try SystemCall.fileStatus(at: directory)?.device == device else { throw .missingDirectory }
    }

    /// Throws when another daemon has created and locked its own journal since ours lost its name.
    private func checkLock() throws(SystemError) {
        let file = try SystemCall.open(path, .readOnly, .nonBlocking)
        guard try SystemCall.lock(file.rawValue) else { throw .lockedByAnother }
    }

    public mutating func read(
        _ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>
    ) throws(SystemError) -> Int {
        let descriptor = try descriptor(of: file)
        var count = 0
        while count < bytes.count {
            var rest = bytes._mutatingExtracting(droppingFirst: count)
            let readCount = try SystemCall.pread(descriptor, into: &rest, at: offset + count)
            if readCount == 0 { break }
            count += readCount
        }
        return count
    }

    public mutating func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        try write(bytes, to: descriptor(of: .journal), at: offset, isSynchronous: true)
    }

    public mutating func createReplacement() throws(SystemError) {
        replacement = nil
        try checkDirectory()
        try SystemCall.unlink(replacementPath)
        let file = try SystemCall.open(
            replacementPath, .readWrite, [.create, .exclusiveCreate], permissions: .ownerReadWrite)
        guard try SystemCall.lock(file.rawValue) else { throw .lockedByAnother }
        replacement = consume file
    }

    public mutating func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        try write(bytes, to: descriptor(of: .replacement), at: offset, isSynchronous: false)
    }

    public mutating func syncReplacement() throws(SystemError) { try SystemCall.fsync(descriptor(of: .replacement)) }

    public mutating func renameReplacement() throws(SystemError) {
        try SystemCall.rename(replacementPath, to: path)
        isPlaceholder = false
        journal = nil
        swap(&journal, &replacement)
    }

    public mutating func syncDirectory() throws(SystemError) {
        let descriptor = try SystemCall.open(directory, .readOnly, .directory)
        try SystemCall.fsync(descriptor.rawValue)
    }

    public mutating func abandonReplacement() {
        replacement = nil
        // If this removal fails, the next replacement removes the file.
        _ = try? SystemCall.unlink(replacementPath)
        if isPlaceholder { _ = try? SystemCall.unlink(path) }
    }

    public mutating func keepDamaged() throws(SystemError) {
        try SystemCall.unlink(path + ".damaged")
        do throws(SystemError) {
            try SystemCall.link(path, as: path + ".damaged")
        } catch {
            // On a file system without hard links there is no copy.
            guard [.notPermitted, .notSupportedOnSocket, .tooManyLinks].contains(error.code) else { throw error }
        }
    }

    private func descriptor(of file: JournalFile) throws(SystemError) -> Int32 {
        switch file {
        case .journal: try Self.number(of: journal)
        case .replacement: try Self.number(of: replacement)
        }
    }

    private static func number(of descriptor: borrowing OwnedDescriptor?) throws(SystemError) -> Int32 {
        switch descriptor {
        case .some(let descriptor): return descriptor.rawValue
        case nil: throw SystemError(operation: "open", code: .badFileDescriptor)
        }
    }

    private func write(
        _ bytes: Span<UInt8>, to descriptor: Int32, at offset: Int, isSynchronous: Bool
    ) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            written += try SystemCall.pwrite(
                descriptor, bytes.extracting(droppingFirst: written), at: offset + written, isSynchronous: isSynchronous
            )
        }
    }
}
