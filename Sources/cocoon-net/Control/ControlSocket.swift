import FoundationEssentials
import LinuxSystem
import Node

/// The path of the control socket, and its file. The directory is open to owner and group (0750), the socket to its owner
/// only (0600).
struct ControlSocket: Sendable {
    let path: String
    /// The flag or the environment variable that set the path.
    private let source: String

    /// Takes the path from the flag, else from the environment variable, else the default. Nil if the path is empty.
    /// - Throws: when the path is blank, or too long for a socket.
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

    /// The longest path that fits into `sockaddr_un` with its terminating zero (unix(7)).
    private static let pathByteLimit = 107

    /// Prepares the path: creates the directory, and removes a socket that an earlier daemon left behind.
    /// - Throws: when the path exists and is not a socket.
    func clear() throws {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let files = FileManager.default
        if !directory.isEmpty && !files.fileExists(atPath: directory) {
            try files.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        }
        guard let attributes = try? files.attributesOfItem(atPath: path) else { return }
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            throw OperatorError("\(source) \(path) exists and is not a socket; move it away, or name another path")
        }
        try files.removeItem(atPath: path)
    }

    /// The file that has the socket's name now. Nil if there is none.
    var file: FileStatus? { (try? SystemCall.fileStatus(at: path)) ?? nil }

    /// Restricts access to the socket to its owner (mode 0600).
    func restrict() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
