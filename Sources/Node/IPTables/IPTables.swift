/// The host's iptables rules. The host's own tools read and change them, so the host chooses the back end (nft or
/// legacy).
package enum IPTables {
    /// Reads the current rules. Changes nothing, not even which tables are loaded.
    package static func read() async throws(NodeError) -> Ruleset {
        Ruleset(parsing: try await run("iptables-save", [], input: ""))
    }

    /// Applies the changes, those of a table all at once. Waits while another program, such as kube-proxy, holds the
    /// lock.
    package static func apply(_ changes: RuleChanges) async throws(NodeError) {
        guard !changes.isEmpty else { return }
        let arguments = ["--noflush", "--wait=\(lockWaitSeconds)"]
        _ = try await run("iptables-restore", arguments, input: changes.restoreInput)
    }

    private static let lockWaitSeconds = 30
    /// A tool that takes longer is stopped, because nobody serves the bridge while the daemon waits for it.
    private static let patience = Duration.seconds(lockWaitSeconds + 15)
    /// A few thousand services of kube-proxy make a few megabytes.
    private static let outputByteLimit = 256 << 20

    private static func run(_ name: String, _ arguments: [String], input: String) async throws(NodeError) -> String {
        var tool = Tool(name)
        tool.arguments = arguments
        tool.input = input
        tool.outputByteLimit = outputByteLimit
        guard let outcome = try await tool.run(within: patience) else {
            throw NodeError("there is no \(name)", nil, remedy: "install the package iptables, or use --skip-iptables")
        }
        guard outcome.ending == nil else { throw failure(of: name, outcome) }
        return outcome.output
    }

    private static func failure(of tool: String, _ outcome: Tool.Outcome) -> NodeError {
        let lines = outcome.error.split(separator: "\n").joined(separator: "; ")
        let isForbidden = lines.contains("Permission denied") || lines.contains("Operation not permitted")
        return NodeError(
            "\(tool) failed", lines.isEmpty ? outcome.ending : lines,
            remedy: isForbidden ? "run it as root" : "run \"iptables-save\" to see the current rules")
    }
}
