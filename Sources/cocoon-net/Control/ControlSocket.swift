import FoundationEssentials

/// The socket's file: in a directory for its owner and group, and itself for its owner alone.
struct ControlSocket: Sendable {
    let path: String

    /// The path that a flag says, else the environment, else the usual one.
    static func path(flag: String?) -> String {
        flag ?? ProcessInfo.processInfo.environment["COCOON_NET_CONTROL_SOCKET"] ?? "/run/cocoon-net/control.sock"
    }

    /// Makes way for the socket: makes its directory, and removes what a dead daemon left.
    /// - Throws: when something is there that is no socket.
    func clear() throws {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let files = FileManager.default
        if !directory.isEmpty && !files.fileExists(atPath: directory) {
            try files.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        }
        guard let attributes = try? files.attributesOfItem(atPath: path) else { return }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            throw OperatorError(
                "--control-socket \(path) is there and is no socket; move it away, or name another path")
        }
        try files.removeItem(atPath: path)
    }

    /// Leaves the socket to its owner alone.
    func restrict() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
