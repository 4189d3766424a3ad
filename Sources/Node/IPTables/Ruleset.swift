/// The rules of the tables that this program has a say in, in their order.
package struct Ruleset: Equatable, Sendable {
    package var filter: [Rule] = []
    package var nat: [Rule] = []

    package init() {}

    /// Reads what `iptables-save` prints. Other tables, chain policies, counters and remarks are left out.
    package init(parsing text: String) {
        var table: Substring = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("*") {
                table = line.dropFirst()
            } else if let rule = Rule(savedLine: line) {
                if table == "filter" { filter.append(rule) }
                if table == "nat" { nat.append(rule) }
            }
        }
    }
}

/// The commands that turn one ruleset into another, for one `iptables-restore`.
package struct RuleChanges: Equatable, Sendable {
    /// Commands such as `-A FORWARD -i cni0 -o cni0 -j ACCEPT`, in their order.
    package var filter: [String] = []
    package var nat: [String] = []

    package var isEmpty: Bool { filter.isEmpty && nat.isEmpty }

    /// The input of `iptables-restore --noflush`: each table's commands take effect together or not at all.
    package var restoreInput: String {
        var text = ""
        for (table, commands) in [("filter", filter), ("nat", nat)] where !commands.isEmpty {
            text += "*\(table)\n" + commands.joined(separator: "\n") + "\nCOMMIT\n"
        }
        return text
    }
}

/// The rules of one chain while changes to it are being written down.
struct ChainEdit {
    let chain: String
    /// The chain's rules as they are after `commands`.
    private(set) var rules: [Rule]
    private(set) var commands: [String] = []

    init(_ chain: String, of table: [Rule]) {
        self.chain = chain
        rules = table.filter { $0.chain == chain }
    }

    /// Deletes the first rule that equals `rule`, as `iptables -D` does.
    mutating func delete(_ rule: Rule) {
        guard let index = rules.firstIndex(of: rule) else { return }
        rules.remove(at: index)
        commands.append("-D " + rule.text())
    }

    /// Puts `rule` before the rule at `index`, or last.
    mutating func insert(_ rule: Rule, at index: Int) {
        commands.append(index == rules.count ? "-A " + rule.text() : "-I " + rule.text(at: index + 1))
        rules.insert(rule, at: index)
    }
}
