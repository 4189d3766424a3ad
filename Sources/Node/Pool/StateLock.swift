import Glibc
package import LinuxSystem
import SystemPackage

/// A lock file in the state directory (flock). It keeps programs on one machine apart, and ends with its holder. The file
/// is never removed: whoever had opened the removed file would hold another lock.
package struct StateLock: ~Copyable {
    package enum Name: String, Sendable {
        /// One command at a time, also while it waits for a cloud.
        case provision = "provision.lock"
        /// Held only while the node or pool.json is changed, by commands and by the daemon.
        case node = "node.lock"

        package func path(in stateDirectory: String) -> String { stateDirectory + "/" + rawValue }
    }

    private let file: OpenFile

    /// Takes the lock. Creates the state directory and the file if they are missing.
    /// - Returns: nil if another program holds the lock.
    package init?(trying name: Name, in stateDirectory: String) throws(SystemError) {
        try Files.makeDirectory(stateDirectory, mode: 0o750)
        let file = try OpenFile(name.path(in: stateDirectory), .writeOnly, [.create], permissions: [.ownerReadWrite])
        guard try file.tryLock() else { return nil }
        self.file = file
    }

    /// Creates the file with the lock taken, and the state directory if it is missing.
    /// - Returns: nil if the file exists, so that another program has or had the lock.
    package init?(creating name: Name, in stateDirectory: String) throws(SystemError) {
        try Files.makeDirectory(stateDirectory, mode: 0o750)
        let path = name.path(in: stateDirectory)
        let ownPath = "\(path).\(getpid())"
        let file = try OpenFile(ownPath, .writeOnly, [.create], permissions: [.ownerReadWrite])
        defer { _ = try? Files.remove(ownPath) }
        guard try file.tryLock(), try Files.link(ownPath, as: path) else { return nil }
        self.file = file
    }

    /// Takes the lock, and waits for it if necessary.
    /// - Parameter report: called once if another program holds the lock.
    package nonisolated(nonsending) static func wait(
        for name: Name, in stateDirectory: String, whenBusy report: () throws -> Void = {}
    ) async throws -> StateLock {
        var hasReported = false
        while true {
            if let lock = try StateLock(trying: name, in: stateDirectory) { return lock }
            if !hasReported { try report() }
            hasReported = true
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    package consuming func release() {}
}
