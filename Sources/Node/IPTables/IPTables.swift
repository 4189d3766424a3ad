/// The host's iptables rules. The host's own tools read and change them, so the host chooses the back end (nft or
/// legacy).
package enum IPTables {
    /// Reads the current rules. Changes nothing, not even which tables are loaded.
    ///
    /// `iptables-save` prints nothing of a table that contains what only `nft` can express. Of such a table, the result
    /// has those of our rules that are there.
    package static func read(for rules: BridgeRules) async throws(NodeError) -> Ruleset {
        let saved = try await run("iptables-save", [], input: "")
        var ruleset = Ruleset(parsing: saved)
        if Ruleset.isUnreadable("filter", in: saved) {
            ruleset.filter = try await present(rules.drops + rules.accepts, in: "filter")
        }
        if Ruleset.isUnreadable("nat", in: saved) {
            ruleset.nat = try await present([rules.masquerade], in: "nat")
        }
        return ruleset
    }

    /// The rules that exist in a table, one by one.
    private static func present(_ rules: [Rule], in table: String) async throws(NodeError) -> [Rule] {
        var result: [Rule] = []
        for rule in rules {
            var tool = Tool("iptables")
            tool.arguments = ["--wait=\(lockWaitSeconds)", "-t", table, "-C", rule.chain] + rule.words
            guard let outcome = try await tool.run(within: patience) else { throw missing("iptables") }
            if outcome.ending == nil { result.append(rule) }
        }
        return result
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
            throw missing(name)
        }
        guard outcome.ending == nil else { throw failure(of: name, outcome) }
        return outcome.output
    }

    private static func missing(_ tool: String) -> NodeError {
        NodeError("there is no \(tool)", nil, remedy: "install the package iptables, or use --skip-iptables")
    }

    private static func failure(of tool: String, _ outcome: Tool.Outcome) -> NodeError {
        let lines = outcome.error.split(separator: "\n").joined(separator: "; ")
        let isForbidden = lines.contains("Permission denied") || lines.contains("Operation not permitted")
        return NodeError(
            "\(tool) failed", lines.isEmpty ? outcome.ending : lines,
            remedy: isForbidden
                ? "run it as root, with CAP_NET_ADMIN" : "run \"iptables-save\" to see the current rules")
    }
}
