import LinuxSystem
import Node

/// Checks that the plugins of the CNI network are installed and know the network's settings. A plugin silently ignores
/// settings that it does not know.
struct CNIPlugins {
    /// The network's file.
    let conflist: String
    /// Where the plugins are.
    let directory: String

    /// The settings that must not be ignored, and what goes wrong if they are.
    private static let keys = [
        (name: "portIsolation", loss: "each VM's broadcasts reach all others"),
        (name: "macspoofchk", loss: "a VM can send with another's MAC address"),
    ]
    /// The first release whose bridge plugin knows all of them.
    private static let release = "1.7.0"
    private static let executableByteLimit = 64 << 20
    private static let patience = Duration.seconds(10)

    func examine() async -> Finding {
        let check = "the CNI network's plugins are there and know its settings"
        let remedy =
            "install the CNI plugins \(Self.release) or newer in \(directory), or name their directory with "
            + "--cni-bin-dir; macspoofchk needs the package nftables"
        guard let bytes = (try? Files.read(conflist, limit: 1 << 20)) ?? nil, let network = try? JSON(parsing: bytes)
        else {
            return .skipped(check, "\(conflist) cannot be read")
        }
        var problems: [String] = []
        for plugin in network.elements("plugins") {
            let type = plugin.text("type") ?? ""
            problems += await self.problems(of: type, plugin, cniVersion: network.text("cniVersion") ?? "")
        }
        return .unless(problems, check, remedy: remedy)
    }

    private func problems(of type: String, _ settings: JSON, cniVersion: String) async -> [String] {
        let path = directory + "/" + type
        guard !type.isEmpty, !type.contains("/"),
            let executable = (try? Files.read(path, limit: Self.executableByteLimit)) ?? nil
        else { return ["there is no \(path)"] }
        var problems: [String] = []
        do {
            let versions = try await supportedVersions(of: path, cniVersion)
            if !versions.contains(cniVersion) {
                problems.append(
                    "\(type) supports \(versions.joined(separator: ", ")), and the network has \(cniVersion)")
            }
        } catch {
            problems.append(error.description)
        }
        // A build often lacks its release number, but it always contains the names of the settings.
        for key in Self.keys where settings[key.name] == .bool(true) && !executable.contains(key.name.utf8) {
            problems.append("\(type) does not know \(key.name): \(key.loss)")
        }
        if settings["macspoofchk"] == .bool(true), await isMissing("nft") {
            problems.append("there is no nft, which \(type) needs for macspoofchk")
        }
        return problems
    }

    /// The versions that the plugin reports (CNI specification, VERSION).
    private func supportedVersions(of path: String, _ cniVersion: String) async throws(NodeError) -> [String] {
        var tool = Tool(path)
        tool.environment = ["CNI_COMMAND": "VERSION"]
        tool.input = JSON.object([JSON.Member("cniVersion", .string(cniVersion))]).compactText
        let outcome = try await tool.run(within: Self.patience)
        guard let outcome, outcome.ending == nil, let answer = try? JSON(parsing: Array(outcome.output.utf8)) else {
            throw NodeError("\(path) does not report its versions", outcome?.error, remedy: nil)
        }
        return answer.texts("supportedVersions")
    }

    private func isMissing(_ name: String) async -> Bool {
        var tool = Tool(name)
        tool.arguments = ["--version"]
        return ((try? await tool.run(within: Self.patience)) ?? nil) == nil
    }
}

extension [UInt8] {
    /// Whether the array contains these bytes in a row.
    fileprivate func contains(_ text: String.UTF8View) -> Bool {
        let text = Array(text)
        guard let first = text.first, count >= text.count else { return false }
        return indices.dropLast(text.count - 1).contains { start in
            self[start] == first && self[start..<start + text.count].elementsEqual(text)
        }
    }
}
