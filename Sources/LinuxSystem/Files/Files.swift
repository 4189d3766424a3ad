import CLinuxSystem
import Glibc
import SystemPackage

/// What this program does to files by name.
package enum Files {
    /// The whole file at `path`, or nil when there is none.
    /// - Throws: `EFBIG` when it has more than `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
        try OpenFile(ifPresent: path, .readOnly)?.readAll(limit: limit)
    }

    /// The whole file at `path`, and when it was modified last, in milliseconds since 1970; nil when there is none.
    /// - Throws: `EFBIG` when it has more than `limit` bytes.
    package static func readStamped(
        _ path: String, limit: Int
    ) throws(SystemError) -> (bytes: [UInt8], modificationMilliseconds: UInt64)? {
        guard let file = try OpenFile(ifPresent: path, .readOnly) else { return nil }
        let time = try file.modificationTime()
        // A file system may hold any number: far more than the years that a clock can tell is clamped.
        let seconds = min(UInt64(clamping: time.tv_sec), 1 << 50)
        return (try file.readAll(limit: limit), seconds * 1000 + UInt64(clamping: time.tv_nsec) / 1_000_000)
    }

    /// Waits until the file at `path` and its name are on the disk: from then on, a power cut brings back no file that had
    /// this name earlier. Where there is no file, the same holds for its absence.
    package static func synchronize(_ path: String) throws(SystemError) {
        do {
            try OpenFile(ifPresent: path, .readOnly, .nonBlocking)?.synchronize()
            try OpenFile(parent(of: path), .readOnly, .directory).synchronize()
        } catch let error where [.invalidArgument, .notSupportedOnSocket].contains(error.code) {
            // A file system without syncs has no disk that could bring anything back.
        }
    }

    /// Puts a file with these bytes at `path` so that a reader sees the old file or the new one, never a part,
    /// and so that a power cut leaves one of the two.
    ///
    /// The temporary file is `path` with `.tmp` behind it; the directory's lock keeps two writers apart.
    package static func replace(_ path: String, with bytes: [UInt8], mode: UInt32) throws(SystemError) {
        let directory = try OpenFile(parent(of: path), .readOnly, .directory)
        try lock(directory)
        let temporaryPath = path + ".tmp"
        do {
            let temporary = try OpenFile(temporary: temporaryPath, mode)
            try temporary.setPermissions(mode)
            try temporary.write(bytes)
            try temporary.synchronize()
            try rename(temporaryPath, to: path)
        } catch {
            _ = try? remove(temporaryPath)
            throw error
        }
        try directory.synchronize()
    }

    /// Removes the file at `path` for good; false when there was none.
    @discardableResult
    package static func remove(_ path: String) throws(SystemError) -> Bool {
        do {
            guard try SystemCall.naming(path, { () throws(SystemError) in try SystemCall.unlink(path) }) else {
                return false
            }
        } catch let error where error.code == .notDirectory {
            return false
        }
        try OpenFile(parent(of: path), .readOnly, .directory).synchronize()
        return true
    }

    /// Makes the directory at `path`, and those above it that are missing. One that is there stays as it is.
    package static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
        // A parent's path is shorter, so that this comes to an end even where a symbolic link leads nowhere.
        let parent = parent(of: path)
        if parent.utf8.count < path.utf8.count && !exists(parent) { try makeDirectory(parent, mode: mode) }
        do {
            try SystemCall.naming(path) { () throws(SystemError) in try SystemCall.mkdir(path, mode: mode) }
        } catch let error where error.code == .fileExists {}
    }

    /// How many bytes programs may still write in the file system that `path` is on.
    package static func freeByteCount(at path: String) throws(SystemError) -> Int {
        var status = statvfs()
        _ = try SystemCall.naming(path) { () throws(SystemError) in
            // SAFETY: the structure outlives the call, which only fills it; the string ends in a zero byte.
            try SystemCall.check("statvfs") { unsafe statvfs(path, &status) }
        }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    /// Whether there is something at `path`, be it a symbolic link that leads nowhere.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        // SAFETY: the structure outlives the call, which only fills it; the string ends in a zero byte.
        return unsafe lstat(path, &status) == 0
    }

    /// Gives the file at `path` the name `newPath`, in place of whatever file has it.
    package static func rename(_ path: String, to newPath: String) throws(SystemError) {
        try SystemCall.naming(newPath) { () throws(SystemError) in try SystemCall.rename(path, to: newPath) }
    }

    /// Gives the file at `path` a second name; false when there is something of that name.
    package static func link(_ path: String, as newPath: String) throws(SystemError) -> Bool {
        do {
            try SystemCall.naming(newPath) { () throws(SystemError) in try SystemCall.link(path, as: newPath) }
            return true
        } catch let error where error.code == .fileExists {
            return false
        }
    }

    /// The directory that holds `path`.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Waits for the directory's lock. A file system without locks on directories goes without.
    private static func lock(_ directory: borrowing OpenFile) throws(SystemError) {
        do {
            try directory.lock()
        } catch let error where [.badFileDescriptor, .noLocks, .notSupportedOnSocket].contains(error.code) {}
    }
}
