import CLinuxSystem
import Glibc
import SystemPackage

extension Files {
    /// Puts a file at `path` for readers that tell a new one by its modification time: it is later than the old one's,
    /// however soon the rewrite follows. No reader sees a part of it. It is not synced: whoever writes it can write it
    /// again.
    /// - Parameter nextPiece: gives the content piece by piece, and nil at the end, after which the file takes its place.
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

    /// When the file at `path` was changed last; nil when there is none.
    private static func modificationTime(of path: String) -> timespec? {
        var status = stat()
        // SAFETY: the structure outlives the call, which only fills it; the string ends in a zero byte.
        return unsafe lstat(path, &status) == 0 ? status.st_mtim : nil
    }
}

extension OpenFile {
    /// Makes a file for its owner alone to fill, in place of one that was left.
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

    /// Stamps the file with the present time, or, when the coarse clock of the kernel has not moved on, a nanosecond
    /// after `former`.
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
            // SAFETY: futimens reads two structures, which the array has.
            try SystemCall.check("futimens") { unsafe futimens(descriptor, times) }
        }
    }
}
