import CLinuxSystem
import Glibc
import SystemPackage

/// Operations on files by name.
package enum Files {
    /// The content of the file at `path`. Nil when there is no file.
    /// - Throws: `EFBIG` when the file has more than `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
        try OpenFile(ifPresent: path, .readOnly)?.readAll(limit: limit)
    }

    /// The content of the file at `path`, and when it was last modified, in milliseconds since 1970. Nil when there is
    /// no file.
    /// - Throws: `EFBIG` when the file has more than `limit` bytes.
    package static func readStamped(
        _ path: String, limit: Int
    ) throws(SystemError) -> (bytes: [UInt8], modificationMilliseconds: UInt64)? {
        guard let file = try OpenFile(ifPresent: path, .readOnly) else { return nil }
        let time = try file.modificationTime()
        // A file system may store any number. Clamp times far beyond any year that a clock can show.
        let seconds = min(UInt64(clamping: time.tv_sec), 1 << 50)
        return (try file.readAll(limit: limit), seconds * 1000 + UInt64(clamping: time.tv_nsec) / 1_000_000)
    }

    /// Waits until the file at `path` and its name are on the disk. After that, a power cut cannot bring back an older
    /// file of this name. If there is no file, a power cut cannot bring one back.
    package static func synchronize(_ path: String) throws(SystemError) {
        do {
            try OpenFile(ifPresent: path, .readOnly, .nonBlocking)?.synchronize()
            try OpenFile(parent(of: path), .readOnly, .directory).synchronize()
        } catch let error where [.invalidArgument, .notSupportedOnSocket].contains(error.code) {
            // A file system that does not support sync has no disk that could bring anything back.
        }
    }

    /// Replaces the file at `path` with these bytes. A reader sees the old file or the new one, never a part, and a
    /// power cut leaves one of the two.
    ///
    /// The temporary file is `path` with `.tmp` appended. The lock on the directory keeps two writers apart.
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

    /// Removes the file at `path` durably. Returns false when there was none.
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

    /// Creates the directory at `path` and its missing parents. An existing directory stays unchanged.
    package static func makeDirectory(_ path: String, mode: UInt32) throws(SystemError) {
        // Each parent's path is shorter, so the recursion ends even if a symbolic link is dangling.
        let parent = parent(of: path)
        if parent.utf8.count < path.utf8.count && !exists(parent) { try makeDirectory(parent, mode: mode) }
        do {
            try SystemCall.naming(path) { () throws(SystemError) in try SystemCall.mkdir(path, mode: mode) }
        } catch let error where error.code == .fileExists {}
    }

    /// How many bytes programs can still write to the file system that holds `path`.
    package static func freeByteCount(at path: String) throws(SystemError) -> Int {
        var status = statvfs()
        _ = try SystemCall.naming(path) { () throws(SystemError) in
            // SAFETY: the structure outlives the call, which only fills it; the string ends in a zero byte.
            try SystemCall.check("statvfs") { unsafe statvfs(path, &status) }
        }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    /// Whether anything exists at `path`. A dangling symbolic link counts.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        // SAFETY: the structure outlives the call, which only fills it; the string ends in a zero byte.
        return unsafe lstat(path, &status) == 0
    }

    /// Renames the file at `path` to `newPath` and replaces any file there.
    package static func rename(_ path: String, to newPath: String) throws(SystemError) {
        try SystemCall.naming(newPath) { () throws(SystemError) in try SystemCall.rename(path, to: newPath) }
    }

    /// Gives the file at `path` a second name. Returns false when the name is taken.
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

    /// Waits for the directory's lock. Goes on without a lock if the file system does not support locks on directories.
    private static func lock(_ directory: borrowing OpenFile) throws(SystemError) {
        do {
            try directory.lock()
        } catch let error where [.badFileDescriptor, .noLocks, .notSupportedOnSocket].contains(error.code) {}
    }
}
