/// The rules, in order, of the two tables that this program changes.
package struct Ruleset: Equatable, Sendable {
    package var filter: [Rule] = []
    package var nat: [Rule] = []

    package init() {}

    /// Parses the output of `iptables-save`. Ignores other tables, chain policies, counters and comment lines.
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

extension Ruleset {
    /// The policy of a chain of the table `filter` in the output of `iptables-save`.
    static func policy(of chain: String, in text: String) -> Substring? {
        var isFilter = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("*") { isFilter = line == "*filter" }
            let words = line.split(separator: " ")
            if isFilter, words.count > 1, words[0] == ":\(chain)" { return words[1] }
        }
        return nil
    }

    /// Whether `iptables-save` says that it cannot print a table.
    static func isUnreadable(_ table: String, in text: String) -> Bool {
        text.split(separator: "\n").contains { $0.hasPrefix("# Table `\(table)' is incompatible") }
    }
}

/// The commands that turn one ruleset into another, for one run of `iptables-restore`.
package struct RuleChanges: Equatable, Sendable {
    /// Commands in order, such as `-A FORWARD -i cni0 -o cni0 -j ACCEPT`.
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

/// The rules of one chain, and the commands that change them.
struct ChainEdit {
    let chain: String
    /// The chain's rules after `commands` have run.
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

    /// Inserts `rule` before the rule at `index`, or at the end.
    mutating func insert(_ rule: Rule, at index: Int) {
        commands.append(index == rules.count ? "-A " + rule.text() : "-I " + rule.text(at: index + 1))
        rules.insert(rule, at: index)
    }
}
