import Glibc
public import LinuxSystem
import SystemPackage

/// The journal as files: `leases.journal`, while it is replaced `leases.journal.new` beside it, and after damage
/// `leases.journal.damaged`.
public struct FileJournalStorage: JournalStorage, ~Copyable, Sendable {
    public let path: String
    private let directory: String
    private var journal: OwnedDescriptor?
    private var replacement: OwnedDescriptor?
    /// The device that the directory was on when the journal was opened.
    private var device: UInt64 = 0
    /// Whether the journal is an empty file that this value made.
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
            // Whoever had the lock may have put another file in its place.
            guard status.isSameFile(as: try SystemCall.fileStatus(at: path)) else { continue }
            journal = consume file
            device = try SystemCall.fileStatus(at: directory)?.device ?? status.device
            // An empty file holds the place for a journal that was never written.
            isPlaceholder = status.byteCount == 0
            return isPlaceholder ? nil : status.byteCount
        }
    }

    /// Opens the journal. When there is none, an empty file takes its place, so that its lock keeps another daemon away.
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
        // The open file tells nothing: it lives on without its name, and a lazily unmounted one even keeps its link count.
        let named = try SystemCall.fileStatus(at: path)
        if try SystemCall.fileStatus(descriptor(of: .journal)).isSameFile(as: named) { return true }
        try checkDirectory()
        if named != nil { try checkLock() }
        return false
    }

    /// A directory on another file system is not the one that was opened: its own is unmounted, or hidden by a mount.
    private func checkDirectory() throws(SystemError) {
        guard try SystemCall.fileStatus(at: directory)?.device == device else { throw .missingDirectory }
    }

    /// Another daemon may have made a journal of its own since ours lost the name.
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
        // What cannot be removed now is removed by the next replacement.
        _ = try? SystemCall.unlink(replacementPath)
        if isPlaceholder { _ = try? SystemCall.unlink(path) }
    }

    public mutating func keepDamaged() throws(SystemError) {
        try SystemCall.unlink(path + ".damaged")
        do throws(SystemError) {
            try SystemCall.link(path, as: path + ".damaged")
        } catch {
            // A file system without hard links goes without the copy.
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
