import Node

/// Looks for rules of others that drop VMs' packets although ours accept them: in iptables ahead of ours, in the other back
/// end of iptables, and in tables of nft's own, where an accept of ours decides nothing.
struct ForwardFilters {
    let rules: BridgeRules

    private static let patience = Duration.seconds(10)

    func examine() async -> Finding {
        let check = "no other rule drops the packets of VMs"
        var problems: [String] = []
        do {
            problems += rules.obstacles(in: try await IPTables.read(for: rules))
        } catch {
            return .skipped(check, error.description)
        }
        for tool in ["iptables-nft", "iptables-legacy"] {
            let saved = await output(of: tool + "-save", [])
            if rules.isDropped(bySaved: saved) { problems.append("\(tool): FORWARD drops, and has none of our rules") }
        }
        problems += NFTChains.dropping(in: await output(of: "nft", ["-j", "list", "ruleset"]))
        return .unless(
            problems, check,
            remedy: "accept there what comes from and goes to \(rules.bridge), or remove the rule (firewalld: "
                + "\"firewall-cmd --permanent --zone=trusted --add-interface=\(rules.bridge)\")")
    }

    /// Empty if there is no such tool.
    private func output(of program: String, _ arguments: [String]) async -> String {
        var tool = Tool(program)
        tool.arguments = arguments
        tool.outputByteLimit = 256 << 20
        return ((try? await tool.run(within: Self.patience)) ?? nil)?.output ?? ""
    }
}

/// The base chains of nft's own tables that drop what is forwarded.
enum NFTChains {
    /// - Parameter text: the output of `nft -j list ruleset`.
    static func dropping(in text: String) -> [String] {
        guard case .array(let objects)? = (try? JSON(parsing: Array(text.utf8)))?["nftables"] else { return [] }
        return objects.compactMap { $0["chain"] }.filter(isForeignForward).compactMap { chain in
            let rules = objects.compactMap { $0["rule"] }.filter { rule in
                ["family", "table"].allSatisfy { rule[$0] == chain[$0] } && rule["chain"] == chain["name"]
            }
            guard chain["policy"] == .string("drop") || rules.contains(where: dropsEverything) else { return nil }
            let words = ["family", "table", "name"].map { chain.text($0) ?? "" }
            return "nft: chain \(words.joined(separator: " ")) drops what is forwarded"
        }
    }

    /// The table `ip filter` is that of iptables.
    private static func isForeignForward(_ chain: JSON) -> Bool {
        let isIPTables = chain.text("family") == "ip" && chain.text("table") == "filter"
        return chain.text("hook") == "forward" && ["ip", "inet"].contains(chain.text("family")) && !isIPTables
    }

    private static func dropsEverything(_ rule: JSON) -> Bool {
        let statements = rule.elements("expr")
        let decides = statements.contains { $0["drop"] != nil || $0["reject"] != nil }
        return decides
            && statements.allSatisfy { statement in
                ["drop", "reject", "counter", "log"].contains { statement[$0] != nil }
            }
    }
}
