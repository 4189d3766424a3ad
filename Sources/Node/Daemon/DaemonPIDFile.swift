package import Glibc
package import LinuxSystem
import SystemPackage

/// The pid file of this machine's daemon. It prevents a second daemon from starting while the first one runs.
///
/// A daemon counts as running if it holds the file's lock, which the kernel releases however the daemon ends, or if its
/// process exists and runs this program. The Go program offers only the latter.
package struct DaemonPIDFile: ~Copyable {
    package static let defaultPath = "/run/cocoon-net.pid"

    private let path: String
    /// Holds the lock as long as the daemon runs.
    private let file: OpenFile

    /// Writes this process's ID into the file at `path`, and replaces a file that a dead daemon left.
    ///
    /// Waits up to `patienceMilliseconds` for an earlier daemon to end: when a daemon is killed and the next one starts
    /// at once, parts of the first may still exist.
    package init(
        claiming path: String = defaultPath, patienceMilliseconds: UInt64 = 1000
    ) throws(DaemonPIDFileError) {
        file = try Self.claim(path, by: MonotonicTime.microseconds + patienceMilliseconds * 1000)
        self.path = path
    }

    private static func claim(_ path: String, by deadline: UInt64) throws(DaemonPIDFileError) -> OpenFile {
        while true {
            let isLast = MonotonicTime.microseconds >= deadline
            let claim: Claim
            do {
                claim = try Self.claim(path, besideEnding: isLast)
            } catch {
                throw .system(error)
            }
            switch consume claim {
            case .made(let file): return file
            case .refused(let pid): if isLast { throw .running(pid, path: path) }
            }
            usleep(10_000)
        }
    }

    /// Removes the file. Call this when the daemon ends. After a crash, the next daemon finds that no daemon is
    /// running.
    package consuming func remove() {
        if file.isStillNamed(path) { _ = try? Files.remove(path) }
    }

    /// The process ID of the daemon that the file at `path` names; nil if there is none or it is dead.
    package static func runningDaemon(at path: String = defaultPath) -> pid_t? {
        guard let bytes = try? Files.read(path, limit: 64) else { return nil }
        return DaemonProcess(namedBy: bytes).flatMap { $0.isRunning ? $0.id : nil }
    }

    /// The result of an attempt to claim the file.
    private enum Claim: ~Copyable {
        /// This process owns the file and holds its lock.
        case made(OpenFile)
        /// A daemon is running or about to end. Its process ID; nil if the file does not contain one.
        case refused(pid_t?)
    }

    /// Creates the file under a temporary name, complete and locked, and then gives it the name `path`.
    /// - Parameter besideEnding: whether to claim the file even while a daemon is ending that no longer holds the lock.
    private static func claim(_ path: String, besideEnding: Bool) throws(SystemError) -> Claim {
        try Files.makeDirectory(Files.parent(of: path), mode: 0o755)
        let ownPath = "\(path).\(getpid())"
        try Files.remove(ownPath)
        let file = try OpenFile(
            ownPath, .writeOnly, [.create, .exclusiveCreate], permissions: FilePermissions(rawValue: 0o644))
        defer { _ = try? Files.remove(ownPath) }
        try file.write(Array("\(getpid())\n".utf8))
        _ = try file.tryLock()
        while try !Files.link(ownPath, as: path) {
            guard let old = try OpenFile(ifPresent: path, .readOnly, .nonBlocking) else { continue }
            let bytes = try old.readAll(limit: 64)
            let former = DaemonProcess(namedBy: bytes)
            guard try old.tryLock() else { return .refused(former?.id) }
            // Another daemon that is starting may have put its own file there in the meantime.
            guard old.isStillNamed(path) else { continue }
            if let former, former.isRunning || (!besideEnding && former.isEnding) { return .refused(former.id) }
            try Files.rename(ownPath, to: path)
            break
        }
        return .made(file)
    }
}

/// Why the file could not be claimed.
package enum DaemonPIDFileError: Error, Equatable, CustomStringConvertible {
    /// A daemon is running. Its process ID; nil if the file does not contain one.
    case running(pid_t?, path: String)
    case system(SystemError)

    package var description: String {
        switch self {
        case .running(let pid, let path):
            let name = pid.map { "process \($0), " } ?? ""
            return "a cocoon-net daemon is running (\(name)\(path)); stop it first, or give this one a --pid-file, "
                + "--state-dir, --control-socket and network namespace of its own"
        case .system(let error): return error.description
        }
    }
}
