import Glibc
import LinuxSystem
import SystemPackage

/// An open file, closed when its owner goes away.
struct OpenFile: ~Copyable {
    /// The file's descriptor, valid as long as this owner.
    let descriptor: Int32
    /// The name under which the file was opened, for errors.
    let path: String

    /// Opens `path`; the descriptor is closed on exec.
    /// - Parameters:
    ///   - flags: the `O_` flags of open(2).
    ///   - mode: the permissions of a file that is created, before the umask.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemError) {
        self.path = path
        descriptor = try retrying("open", path) {
            // SAFETY: the string's bytes outlive the call, and end in a zero byte.
            unsafe open(path, flags | O_CLOEXEC, mode)
        }
    }

    /// As `init`, with nil where there is no such file.
    init?(ifPresent path: String, _ flags: Int32) throws(SystemError) {
        do {
            self = try OpenFile(path, flags)
        } catch let error where error.code == .noSuchFileOrDirectory {
            return nil
        }
    }

    deinit { close(descriptor) }

    /// The whole file from its beginning.
    /// - Throws: `EFBIG` when it has more than `limit` bytes.
    borrowing func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(byteCount, limit))
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let offset = off_t(bytes.count)
            let count = try retrying("read", path) {
                // SAFETY: the buffer is as long as the count that the call is given.
                unsafe chunk.withUnsafeMutableBytes { buffer in
                    unsafe pread(descriptor, buffer.baseAddress, buffer.count, offset)
                }
            }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else {
                throw SystemError(operation: "read", code: .fileTooLarge, path: path)
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// How long the file is now; 0 when the kernel does not say, as for files that it makes up.
    private var byteCount: Int {
        var status = stat()
        // SAFETY: the structure outlives the call, which only fills it.
        guard unsafe fstat(descriptor, &status) == 0 else { return 0 }
        return Int(status.st_size)
    }

    borrowing func modificationTime() throws(SystemError) -> timespec {
        var status = stat()
        // SAFETY: the structure outlives the call, which only fills it.
        _ = try retrying("fstat", path) { unsafe Int(fstat(descriptor, &status)) }
        return status.st_mtim
    }

    /// Writes all of `bytes` at the file's position.
    borrowing func write(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            written += try retrying("write", path) {
                // SAFETY: the buffer begins `written` bytes into the array, and the count ends with it.
                unsafe bytes.withUnsafeBytes { buffer in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                    return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                }
            }
        }
    }

    /// Waits until the file's bytes (or a directory's entries) are on the disk.
    borrowing func synchronize() throws(SystemError) {
        _ = try retrying("fsync", path) { Int(fsync(descriptor)) }
    }

    /// Gives the file exactly these permissions, whatever the umask.
    borrowing func setPermissions(_ mode: mode_t) throws(SystemError) {
        _ = try retrying("fchmod", path) { Int(fchmod(descriptor, mode)) }
    }

    /// Takes the file's exclusive lock (flock) without waiting; false when another open file holds it.
    /// The lock lasts until this file is closed.
    borrowing func tryLock() throws(SystemError) -> Bool {
        do {
            _ = try retrying("flock", path) { Int(flock(descriptor, LOCK_EX | LOCK_NB)) }
            return true
        } catch let error where error.code == .wouldBlock {
            return false
        }
    }

    /// Whether `path` still names this very file.
    borrowing func isStillNamed(_ path: String) -> Bool {
        var mine = stat()
        var named = stat()
        // SAFETY: both structures outlive the calls, which only fill them; the string ends in a zero byte.
        guard unsafe fstat(descriptor, &mine) == 0, unsafe stat(path, &named) == 0 else { return false }
        return mine.st_dev == named.st_dev && mine.st_ino == named.st_ino
    }
}
