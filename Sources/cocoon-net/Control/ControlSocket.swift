import FoundationEssentials
import LinuxSystem
import Node

/// The socket's file: in a directory for its owner and group, and itself for its owner alone.
struct ControlSocket: Sendable {
    let path: String
    /// The flag or the variable that names it.
    private let source: String

    /// The socket that a flag names, else the environment, else the usual one; nil where the name is empty.
    /// - Throws: when the name is blank, or longer than that of any socket.
    init?(flag: String?) throws {
        let chosen = ChosenText(
            "--control-socket", flag, variable: "COCOON_NET_CONTROL_SOCKET", default: "/run/cocoon-net/control.sock")
        guard !chosen.text.isEmpty else { return nil }
        try BlankText.refuse([chosen.source: chosen.text])
        guard chosen.text.utf8.count <= Self.pathByteLimit else {
            throw OperatorError(
                "\(chosen.source) \(chosen.text) has more than \(Self.pathByteLimit) bytes; name a shorter path")
        }
        (source, path) = (chosen.source, chosen.text)
    }

    /// What `sockaddr_un` holds beside the final zero (unix(7)).
    private static let pathByteLimit = 107

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
            throw OperatorError("\(source) \(path) is there and is no socket; move it away, or name another path")
        }
        try files.removeItem(atPath: path)
    }

    /// Which file has the socket's name; nil for none.
    var file: FileStatus? { (try? SystemCall.fileStatus(at: path)) ?? nil }

    /// Leaves the socket to its owner alone.
    func restrict() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
