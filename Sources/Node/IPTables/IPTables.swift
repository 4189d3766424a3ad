import Subprocess

/// The host's rules, read and changed by the host's own tools: which back-end (nft or legacy) is the host's choice.
package enum IPTables {
    /// The rules as they are. Changes nothing, not even which tables are loaded.
    package static func read() async throws(NodeError) -> Ruleset {
        Ruleset(parsing: try await run("iptables-save", [], input: ""))
    }

    /// Makes the changes, each table's together. Waits for others who hold the lock, such as kube-proxy.
    package static func apply(_ changes: RuleChanges) async throws(NodeError) {
        guard !changes.isEmpty else { return }
        let arguments = ["--noflush", "--wait=\(lockWaitSeconds)"]
        _ = try await run("iptables-restore", arguments, input: changes.restoreInput)
    }

    private static let lockWaitSeconds = 30
    /// Some thousand services of kube-proxy make a few megabytes.
    private static let outputByteLimit = 256 << 20
    /// Where the tools are when the caller's PATH, such as cron's, does not say.
    private static let systemPath = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"

    private static func run(_ tool: String, _ arguments: [String], input: String) async throws(NodeError) -> String {
        for environment in [Environment.inherit, .inherit.updating(["PATH": systemPath])] {
            do {
                let result = try await Subprocess.run(
                    .name(tool), arguments: Arguments(arguments), environment: environment,
                    input: .string(input), output: .string(limit: outputByteLimit), error: .string(limit: 1 << 20))
                guard result.terminationStatus.isSuccess else {
                    throw failure(of: tool, result.terminationStatus, saying: result.standardError)
                }
                return result.standardOutput
            } catch let error as SubprocessError where error.code == .executableNotFound {
                continue
            } catch let error as NodeError {
                throw error
            } catch {
                throw NodeError("\(tool) cannot be run", "\(error)", remedy: "run it by hand to see why")
            }
        }
        throw NodeError("there is no \(tool)", nil, remedy: "install the package iptables, or use --skip-iptables")
    }

    private static func failure(of tool: String, _ status: TerminationStatus, saying text: String) -> NodeError {
        let lines = text.split(separator: "\n").joined(separator: "; ")
        let isForbidden = lines.contains("Permission denied") || lines.contains("Operation not permitted")
        return NodeError(
            "\(tool) failed", lines.isEmpty ? "\(status)" : lines,
            remedy: isForbidden ? "run it as root" : "\"iptables-save\" shows the rules that it met")
    }
}
