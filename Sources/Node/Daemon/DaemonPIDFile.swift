package import Glibc

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
    package init(claiming path: String = defaultPath) throws(DaemonPIDFileError) {
        let claim: Claim
        do {
            claim = try Self.claim(path)
        } catch {
            throw .system(error)
        }
        switch consume claim {
        case .made(let file):
            self.path = path
            self.file = file
        case .refused(let pid):
            throw .running(pid, path: path)
        }
    }

    /// Removes the file. To be called on the way out; after a crash the next daemon sees that nobody lives.
    package consuming func remove() {
        if file.isStillNamed(path) { _ = try? Files.remove(path) }
    }

    /// The daemon that the file at `path` names; nil when there is none, or when it is dead.
    package static func runningDaemon(at path: String = defaultPath) -> pid_t? {
        guard let bytes = try? Files.read(path, limit: 64) else { return nil }
        return livingDaemon(in: bytes)
    }

    /// What came of an attempt to claim the file.
    private enum Claim: ~Copyable {
        /// It is ours, and locked.
        case made(OpenFile)
        /// A daemon lives; its id, unless the file does not say.
        case refused(pid_t?)
    }

    /// Makes the file under a name of its own, complete and locked, and then gives it the name that counts.
    private static func claim(_ path: String) throws(SystemError) -> Claim {
        try Files.makeDirectory(Files.parent(of: path), mode: 0o755)
        let ownPath = "\(path).\(getpid())"
        try Files.remove(ownPath)
        let file = try OpenFile(ownPath, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
        defer { _ = try? Files.remove(ownPath) }
        try file.write(Array("\(getpid())\n".utf8))
        _ = try file.tryLock()
        while try !Files.link(ownPath, as: path) {
            guard let old = try OpenFile(ifPresent: path, O_RDONLY | O_NONBLOCK) else { continue }
            let bytes = try old.readAll(limit: 64)
            guard try old.tryLock() else { return .refused(pid(in: bytes)) }
            // Another starting daemon may have put its own file there since.
            guard old.isStillNamed(path) else { continue }
            if let pid = livingDaemon(in: bytes) { return .refused(pid) }
            try Files.rename(ownPath, to: path)
            break
        }
        return .made(file)
    }

    private static func pid(in bytes: [UInt8]) -> pid_t? {
        let digits = bytes.filter { $0 > 0x20 }
        return pid_t(String(decoding: digits, as: UTF8.self)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The process that `bytes` name, when it lives and is a daemon of ours or of this very program. Ids are used
    /// again, after a reboot above all.
    private static func livingDaemon(in bytes: [UInt8]) -> pid_t? {
        guard let pid = pid(in: bytes), pid != getpid() else { return nil }
        guard kill(pid, 0) == 0 || errno == EPERM else { return nil }
        do {
            let executable = try executableName(ofProcess: "\(pid)")
            let ownExecutable = try executableName(ofProcess: "self")
            return executable == "cocoon-net" || executable == ownExecutable ? pid : nil
        } catch {
            // What may not be looked at is taken for a daemon; a process that has ended has no executable.
            return error.code == ENOENT ? nil : pid
        }
    }

    /// The name of a process's executable, without the mark that the kernel puts behind one that an upgrade replaced.
    private static func executableName(ofProcess process: String) throws(SystemError) -> String {
        let path = try Files.linkTarget("/proc/\(process)/exe")
        let name = path.split(separator: "/").last ?? ""
        let mark = " (deleted)"
        return name.hasSuffix(mark) ? String(name.dropLast(mark.count)) : String(name)
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
