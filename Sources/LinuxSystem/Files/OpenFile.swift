import CLinuxSystem
import Glibc
package import SystemPackage

/// An open file. It is closed when its owner goes out of scope. Its errors contain its path.
package struct OpenFile: ~Copyable {
    /// The name under which the file was opened.
    package let path: String
    private let owned: OwnedDescriptor

    var descriptor: Int32 { owned.rawValue }

    /// Opens `path`. The descriptor is closed on exec.
    /// - Parameter permissions: the permissions of a file that the call creates, before the umask.
    package init(
        _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = [],
        permissions: FilePermissions? = nil
    ) throws(SystemError) {
        self.path = path
        owned = try SystemCall.naming(path) { () throws(SystemError) in
            try SystemCall.open(path, mode, options, permissions: permissions)
        }
    }

    /// As above, but nil when there is no such file.
    package init?(
        ifPresent path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = []
    ) throws(SystemError) {
        do {
            self = try OpenFile(path, mode, options)
        } catch let error where error.code == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// The whole content of the file.
    /// - Throws: `EFBIG` when the file has more than `limit` bytes.
    package borrowing func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        // The kernel does not report the size of a file whose content it generates.
        bytes.reserveCapacity(min((try? SystemCall.fileStatus(descriptor))?.byteCount ?? 0, limit))
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try named { (descriptor) throws(SystemError) in
                var span = chunk.mutableSpan
                return try SystemCall.pread(descriptor, into: &span, at: bytes.count)
            }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else {
                throw SystemError(operation: "read", code: .fileTooLarge, path: path)
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Writes all of `bytes` at the file's position.
    package borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
        try named { (descriptor) throws(SystemError) in try SystemCall.writeAll(descriptor, bytes) }
    }

    /// Waits until the file's bytes (or a directory's entries) are on the disk.
    package borrowing func synchronize() throws(SystemError) {
        try named { (descriptor) throws(SystemError) in try SystemCall.fsync(descriptor) }
    }

    /// Sets exactly these permissions, independent of the umask.
    package borrowing func setPermissions(_ mode: UInt32) throws(SystemError) {
        try named { (descriptor) throws(SystemError) in try SystemCall.fchmod(descriptor, mode) }
    }

    /// Takes the file's exclusive lock (flock) without waiting. Returns false when another open file holds the lock.
    /// The lock lasts until this file is closed.
    package borrowing func tryLock() throws(SystemError) -> Bool {
        try named { (descriptor) throws(SystemError) in try SystemCall.lock(descriptor) }
    }

    /// Waits for the file's exclusive lock.
    borrowing func lock() throws(SystemError) {
        _ = try named { (descriptor) throws(SystemError) in
            try SystemCall.check("flock") { flock(descriptor, LOCK_EX) }
        }
    }

    /// Whether `path` still names this same file.
    package borrowing func isStillNamed(_ path: String) -> Bool {
        guard let mine = try? SystemCall.fileStatus(descriptor), let named = try? SystemCall.fileStatus(at: path) else {
            return false
        }
        return mine.isSameFile(as: named)
    }

    /// Runs `call` with the file's descriptor. Adds the file's path to the error that it throws.
    borrowing func named<Result>(_ call: (Int32) throws(SystemError) -> Result) throws(SystemError) -> Result {
        do { return try call(descriptor) } catch { throw error.on(path) }
    }
}
