import CLinuxSystem
import Glibc
package import SystemPackage

// MARK: Files on disk

extension SystemCall {
    /// Opens `path`. The descriptor is closed on exec.
    /// - Parameter permissions: the permissions of a file that the call creates, before the umask.
    package static func open(
        _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions = [],
        permissions: FilePermissions? = nil
    ) throws(SystemError) -> OwnedDescriptor {
        let descriptor = try translate("open") {
            try FileDescriptor.open(
                FilePath(path), mode, options: options.union(.closeOnExec), permissions: permissions)
        }
        return OwnedDescriptor(descriptor.rawValue)
    }

    package static func fileStatus(_ descriptor: Int32) throws(SystemError) -> FileStatus {
        var status = stat()
        // SAFETY: the kernel fills the structure, and only during the call.
        try check("fstat") { unsafe fstat(descriptor, &status) }
        return FileStatus(status)
    }

    /// The status of the file that `path` names now. Nil when nothing has that name.
    package static func fileStatus(at path: String) throws(SystemError) -> FileStatus? {
        var status = stat()
        do throws(SystemError) {
            // SAFETY: the kernel fills the structure and reads the path, and only during the call. `withCString` is
            // used because a String passed as an argument would be copied to the heap each time.
            try check("stat") { unsafe path.withCString { unsafe stat($0, &status) } }
        } catch {
            if error.code == .noSuchFileOrDirectory { return nil }
            throw error
        }
        return FileStatus(status)
    }

    /// Takes the file's exclusive lock (flock) without waiting. Returns false when another open file holds the lock.
    package static func lock(_ descriptor: Int32) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try check("flock") { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            if error.code == .wouldBlock { return false }
            throw error
        }
    }

    /// Reads at `offset`, without moving the file's own position.
    /// - Returns: how many bytes it read. 0 at or behind the end of the file.
    package static func pread(
        _ descriptor: Int32, into bytes: inout MutableSpan<UInt8>, at offset: Int
    ) throws(SystemError) -> Int {
        // SAFETY: the kernel writes at most the span's own bytes, and only during the call.
        try unsafe bytes.withUnsafeMutableBytes { buffer throws(SystemError) in
            try check("pread") { unsafe Glibc.pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
        }
    }

    /// Writes at `offset`. It may write fewer bytes than it is given.
    /// - Parameter isSynchronous: whether the written bytes are on the disk when the call returns.
    package static func pwrite(
        _ descriptor: Int32, _ bytes: Span<UInt8>, at offset: Int, isSynchronous: Bool
    ) throws(SystemError) -> Int {
        let flags = isSynchronous ? Int32(CLinuxSystem_RWF_DSYNC) : 0
        // SAFETY: the kernel only reads the span's bytes, and only during the call.
        return try unsafe bytes.withUnsafeBytes { buffer throws(SystemError) in
            var piece = unsafe iovec(
                iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), iov_len: buffer.count)
            return try check("pwritev2") {
                unsafe CLinuxSystem_pwritev2(descriptor, &piece, 1, off_t(offset), flags)
            }
        }
    }

    /// Writes all of `bytes` at the file's own position.
    package static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        _ = try translate("write") { try FileDescriptor(rawValue: descriptor).writeAll(bytes) }
    }

    package static func fchmod(_ descriptor: Int32, _ mode: UInt32) throws(SystemError) {
        try check("fchmod") { Glibc.fchmod(descriptor, mode) }
    }

    package static func fsync(_ descriptor: Int32) throws(SystemError) {
        try check("fsync") { Glibc.fsync(descriptor) }
    }

    package static func rename(_ path: String, to newPath: String) throws(SystemError) {
        // SAFETY: the kernel reads both paths, and only during the call.
        try check("rename") { unsafe Glibc.rename(path, newPath) }
    }

    package static func link(_ path: String, as newPath: String) throws(SystemError) {
        // SAFETY: the kernel reads both paths, and only during the call.
        try check("link") { unsafe Glibc.link(path, newPath) }
    }

    package static func mkdir(_ path: String, mode: UInt32) throws(SystemError) {
        // SAFETY: the kernel reads the path, and only during the call.
        try check("mkdir") { unsafe Glibc.mkdir(path, mode) }
    }

    /// Removes the name `path`. Returns false when there is none.
    @discardableResult
    package static func unlink(_ path: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            // SAFETY: the kernel reads the path, and only during the call.
            try check("unlink") { unsafe Glibc.unlink(path) }
            return true
        } catch {
            if error.code == .noSuchFileOrDirectory { return false }
            throw error
        }
    }
}

/// A file's type, size and identity.
package struct FileStatus: Equatable {
    package let isRegular: Bool
    package let byteCount: Int
    package let device: UInt64
    package let inode: UInt64

    fileprivate init(_ status: stat) {
        isRegular = status.st_mode & S_IFMT == S_IFREG
        byteCount = Int(status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    package func isSameFile(as other: FileStatus?) -> Bool { device == other?.device && inode == other?.inode }
}
