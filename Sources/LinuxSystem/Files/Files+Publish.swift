import CLinuxSystem
import Glibc
import SystemPackage

extension Files {
    /// Puts a new file at `path` for readers that detect a change by the modification time. The new time is always
    /// later than the old one, however soon the rewrite follows. No reader sees a partial file. The file is not synced:
    /// its writer can write it again.
    /// - Parameter nextPiece: returns the content piece by piece, and nil at the end. Then the file takes its place.
    package static func publish(_ path: String, mode: UInt32, nextPiece: () throws -> [UInt8]?) throws {
        let temporaryPath = path + ".tmp"
        do {
            let temporary = try OpenFile(temporary: temporaryPath, mode)
            try temporary.setPermissions(mode)
            while let piece = try nextPiece() { try temporary.write(piece) }
            try temporary.setModificationTime(after: modificationTime(of: path))
            try rename(temporaryPath, to: path)
        } catch {
            _ = try? remove(temporaryPath)
            throw error
        }
    }

    /// When the file at `path` was last modified. Nil when there is none.
    private static func modificationTime(of path: String) -> timespec? {
        var status = stat()
        // SAFETY: the structure outlives the call, which only fills it. The string ends in a zero byte.
        return unsafe lstat(path, &status) == 0 ? status.st_mtim : nil
    }
}

extension OpenFile {
    /// Creates a temporary file for writing. It truncates a file that was left over.
    init(temporary path: String, _ mode: UInt32) throws(SystemError) {
        self = try OpenFile(
            path, .writeOnly, [.create, .truncate, .noFollow], permissions: FilePermissions(rawValue: mode))
    }

    borrowing func modificationTime() throws(SystemError) -> timespec {
        var status = stat()
        _ = try named { (descriptor) throws(SystemError) in
            // SAFETY: the structure outlives the call, which only fills it.
            try SystemCall.check("fstat") { unsafe fstat(descriptor, &status) }
        }
        return status.st_mtim
    }

    /// Sets the modification time to the present time. If the kernel's coarse clock has not advanced past `former`,
    /// sets it to one nanosecond after `former`.
    borrowing func setModificationTime(after former: timespec?) throws(SystemError) {
        var now = timespec()
        // SAFETY: the structure outlives the call, which only fills it.
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        if let former, (former.tv_sec, former.tv_nsec) >= (now.tv_sec, now.tv_nsec) {
            let isLast = former.tv_nsec == 999_999_999
            now = timespec(tv_sec: former.tv_sec + (isLast ? 1 : 0), tv_nsec: isLast ? 0 : former.tv_nsec + 1)
        }
        let times = [now, now]
        _ = try named { (descriptor) throws(SystemError) in
            // SAFETY: futimens reads two structures, and the array has two.
            try SystemCall.check("futimens") { unsafe futimens(descriptor, times) }
        }
    }
}
