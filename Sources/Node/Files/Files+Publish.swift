package import Glibc
import LinuxSystem

extension Files {
    /// Puts a file at `path` for readers that tell a new one by its modification time: it is later than the old one's,
    /// however soon the rewrite follows. No reader sees a part of it. It is not synced: whoever writes it can write it
    /// again.
    /// - Parameter nextPiece: gives the content piece by piece, and nil at the end, after which the file takes its place.
    package static func publish(_ path: String, mode: mode_t, nextPiece: () throws -> [UInt8]?) throws {
        let temporaryPath = path + ".tmp"
        do {
            let temporary = try OpenFile(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
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
        // SAFETY: futimens reads two structures, which the array has.
        _ = try retrying("futimens", path) { unsafe Int(futimens(descriptor, times)) }
    }
}
