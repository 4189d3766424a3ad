package import Glibc
package import LinuxSystem
import SystemPackage

/// The file that names this machine's daemon, and keeps a second one from starting while the first lives.
///
/// Two marks say that a daemon lives: it holds the file's lock, which ends with it however it ends; and its process
/// is there and runs this program, which is all that the Go program offers.
package struct DaemonPIDFile: ~Copyable {
    package static let defaultPath = "/run/cocoon-net.pid"

    private let path: String
    /// Holds the lock as long as the daemon runs.
    private let file: OpenFile

    /// Writes this process's id into the file at `path`, in place of one that a dead daemon left.
    ///
    /// One that is about to end is waited for: whoever kills a daemon and starts the next at once finds some of the first still
    /// there.
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

    /// Removes the file. To be called on the way out; after a crash the next daemon sees that nobody lives.
    package consuming func remove() {
        if file.isStillNamed(path) { _ = try? Files.remove(path) }
    }

    /// The daemon that the file at `path` names; nil when there is none, or when it is dead.
    package static func runningDaemon(at path: String = defaultPath) -> pid_t? {
        guard let bytes = try? Files.read(path, limit: 64) else { return nil }
        return DaemonProcess(namedBy: bytes).flatMap { $0.isRunning ? $0.id : nil }
    }

    /// What came of an attempt to claim the file.
    private enum Claim: ~Copyable {
        /// It is ours, and locked.
        case made(OpenFile)
        /// A daemon lives, or is about to end; its id, unless the file does not say.
        case refused(pid_t?)
    }

    /// Makes the file under a name of its own, complete and locked, and then gives it the name that counts.
    /// - Parameter besideEnding: whether a daemon that is ending and holds no lock any more is not waited for.
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
            // Another starting daemon may have put its own file there since.
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
    /// A daemon lives; its id, unless the file does not say.
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
