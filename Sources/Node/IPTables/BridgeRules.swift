package import Addresses

/// The iptables rules that VMs on a bridge need (FORWARD and MASQUERADE), and the DROP rules that keep VMs out of some
/// networks.
package struct BridgeRules: Equatable, Sendable {
    package var bridge: String
    package var subnet: IPv4Network
    /// The NICs that may exchange all packets with the bridge.
    package var nics: [String]
    /// The NIC through which VMs reach other networks. Only packets of their connections come back. Nil if it is
    /// unknown, or one of `nics`.
    package var primaryNIC: String?
    /// Networks that VMs may not reach.
    package var dropCIDRs: [IPv4Network]

    /// The comment that identifies our DROP rules. It needs no quotes.
    static let dropComment = "cocoon-net-drop"

    /// - Parameter primaryNIC: the NIC of the VMs' default route, and whether packets to VMs arrive there that belong
    ///   to no connection of theirs.
    package init(
        bridge: String, subnet: IPv4Network, nics: [String], primaryNIC: (name: String, receivesForVMs: Bool)? = nil,
        dropCIDRs: [IPv4Network]
    ) {
        self.bridge = bridge
        self.subnet = subnet
        self.nics = nics
        if let primaryNIC, !nics.contains(primaryNIC.name) {
            if primaryNIC.receivesForVMs {
                self.nics.append(primaryNIC.name)
            } else {
                self.primaryNIC = primaryNIC.name
            }
        }
        self.dropCIDRs = dropCIDRs
    }

    /// The words of each rule are those that `iptables-save` prints, so that an existing rule is recognized.
    var drops: [Rule] {
        dropCIDRs.map { network in
            let destination = network.prefixLength == 0 ? "" : "-d \(network) "
            return Rule("FORWARD \(destination)-i \(bridge) -m comment --comment \(Self.dropComment) -j DROP")
        }
    }

    var accepts: [Rule] {
        nics.flatMap { nic in
            [Rule("FORWARD -i \(nic) -o \(bridge) -j ACCEPT"), Rule("FORWARD -i \(bridge) -o \(nic) -j ACCEPT")]
        }
            + [primaryNIC].compactMap(\.self).flatMap { nic in
                [
                    Rule("FORWARD -i \(nic) -o \(bridge) -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"),
                    Rule("FORWARD -i \(bridge) -o \(nic) -j ACCEPT"),
                ]
            } + [Rule("FORWARD -i \(bridge) -o \(bridge) -j ACCEPT")]
    }

    var masquerade: Rule { Rule("POSTROUTING -s \(subnet) ! -o \(bridge) -j MASQUERADE") }

    /// The changes that add the rules that are missing in `ruleset`, and that delete its DROP rules with our comment
    /// for networks that are no longer listed.
    package func changes(to ruleset: Ruleset) -> RuleChanges {
        var forward = ChainEdit("FORWARD", of: ruleset.filter)
        Self.deleteDrops(from: &forward, except: Set(drops))
        ensureAccepts(in: &forward)
        ensureDrops(in: &forward)

        var postrouting = ChainEdit("POSTROUTING", of: ruleset.nat)
        if !postrouting.rules.contains(masquerade) {
            postrouting.insert(masquerade, at: postrouting.rules.count)
        }
        return RuleChanges(filter: forward.commands, nat: postrouting.commands)
    }

    /// The changes that remove these rules from `ruleset`, except those that `successor` has too.
    package func removal(from ruleset: Ruleset, keeping successor: BridgeRules? = nil) -> RuleChanges {
        var forward = ChainEdit("FORWARD", of: ruleset.filter)
        Self.deleteDrops(from: &forward, except: Set(successor?.drops ?? []))
        for rule in accepts where successor?.accepts.contains(rule) != true { forward.delete(rule) }
        var postrouting = ChainEdit("POSTROUTING", of: ruleset.nat)
        if successor?.masquerade != masquerade { postrouting.delete(masquerade) }
        return RuleChanges(filter: forward.commands, nat: postrouting.commands)
    }

    /// What drops packets in FORWARD ahead of our ACCEPT rules, in words.
    package func obstacles(in ruleset: Ruleset) -> [String] {
        let forward = ruleset.filter.filter { $0.chain == "FORWARD" }
        let ours = Set(accepts)
        guard let last = forward.lastIndex(where: ours.contains) else { return [] }
        return forward[..<last].compactMap { rule in
            if rule.dropsEverything { return "iptables: \"\(rule.text())\" comes before our rules" }
            guard rule.words.count == 2, rule.words[0] == "-j",
                ruleset.filter.contains(where: { $0.chain == rule.words[1] && $0.dropsEverything })
            else { return nil }
            return "iptables: the chain \(rule.words[1]) drops, and FORWARD jumps to it before our rules"
        }
    }

    /// Whether FORWARD drops by its policy or its last rule, and has none of our ACCEPT rules.
    /// - Parameter text: the output of `iptables-save`.
    package func isDropped(bySaved text: String) -> Bool {
        let forward = Ruleset(parsing: text).filter.filter { $0.chain == "FORWARD" }
        let drops = Ruleset.policy(of: "FORWARD", in: text) == "DROP" || forward.contains(where: \.dropsEverything)
        return drops && !forward.contains(where: Set(accepts).contains)
    }

    private static func deleteDrops(from forward: inout ChainEdit, except wanted: Set<Rule>) {
        for rule in forward.rules where rule.words.contains(dropComment) && !wanted.contains(rule) {
            forward.delete(rule)
        }
    }

    /// Puts each ACCEPT rule ahead of the rule that drops everything, with which some hosts end the chain. Behind that
    /// rule it would have no effect.
    private func ensureAccepts(in forward: inout ChainEdit) {
        for rule in accepts {
            let end = forward.rules.firstIndex(where: \.dropsEverything) ?? forward.rules.count
            guard !forward.rules[..<end].contains(rule) else { continue }
            forward.delete(rule)
            forward.insert(rule, at: end)
        }
    }

    /// Puts the DROP rules ahead of all our ACCEPT rules. Behind an ACCEPT rule they might have no effect.
    private func ensureDrops(in forward: inout ChainEdit) {
        let accepts = Set(accepts)
        for rule in drops.reversed() {
            let firstAccept = forward.rules.firstIndex(where: accepts.contains) ?? forward.rules.count
            guard !forward.rules[..<firstAccept].contains(rule) else { continue }
            forward.delete(rule)
            forward.insert(rule, at: 0)
        }
    }
}
