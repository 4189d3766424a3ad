import Addresses
import Testing

@testable import Node

@Suite("iptables rules of a bridge")
struct BridgeRulesTests {
    private func rules(
        subnet: String = "172.20.100.0/24", nics: [String] = [], primary: String? = nil, drop: [String] = []
    ) -> BridgeRules {
        BridgeRules(
            bridge: "cni0", subnet: IPv4Network(subnet)!, nics: nics,
            primaryNIC: primary.map { ($0, receivesForVMs: false) }, dropCIDRs: drop.compactMap { IPv4Network($0) })
    }

    @Test(
        "a host without rules gets the contract's rules", arguments: [SavedRulesets.empty, SavedRulesets.emptyTables])
    func fresh(saved: String) {
        let changes = rules(nics: ["eth1"], drop: ["10.0.0.0/8", "192.0.2.1/32"]).changes(to: Ruleset(parsing: saved))
        #expect(
            changes.restoreInput == """
                *filter
                -A FORWARD -i eth1 -o cni0 -j ACCEPT
                -A FORWARD -i cni0 -o eth1 -j ACCEPT
                -A FORWARD -i cni0 -o cni0 -j ACCEPT
                -I FORWARD 1 -d 192.0.2.1/32 -i cni0 -m comment --comment cocoon-net-drop -j DROP
                -I FORWARD 1 -d 10.0.0.0/8 -i cni0 -m comment --comment cocoon-net-drop -j DROP
                COMMIT
                *nat
                -A POSTROUTING -s 172.20.100.0/24 ! -o cni0 -j MASQUERADE
                COMMIT

                """)
    }

    @Test("the rules of the Go program are recognized")
    func goProgram() {
        let wanted = rules(nics: ["eth1"], drop: ["172.16.0.0/12", "10.0.0.0/8"])
        #expect(wanted.changes(to: Ruleset(parsing: SavedRulesets.goProgram)).isEmpty)
    }

    @Test("a drop rule for a network that is no longer named is removed; rules with other comments stay")
    func staleDrops() {
        let saved = """
            *filter
            -A FORWARD -d 10.0.0.0/8 -i cni0 -m comment --comment "cocoon-net-drop" -j DROP
            -A FORWARD -d 10.0.0.0/8 -i cni0 -m comment --comment "not cocoon-net-drop" -j DROP
            -A FORWARD -i cni0 -o cni0 -j ACCEPT
            COMMIT
            """
        #expect(
            rules(drop: ["192.0.2.0/24"]).changes(to: Ruleset(parsing: saved)).filter == [
                "-D FORWARD -d 10.0.0.0/8 -i cni0 -m comment --comment cocoon-net-drop -j DROP",
                "-I FORWARD 1 -d 192.0.2.0/24 -i cni0 -m comment --comment cocoon-net-drop -j DROP",
            ])
    }

    @Test("a drop rule below an accept rule of ours is moved in front of it")
    func misplacedDrop() {
        let saved = """
            *filter
            -A FORWARD -i cni0 -o cni0 -j ACCEPT
            -A FORWARD -d 10.0.0.0/8 -i cni0 -m comment --comment cocoon-net-drop -j DROP
            COMMIT
            """
        #expect(
            rules(drop: ["10.0.0.0/8"]).changes(to: Ruleset(parsing: saved)).filter == [
                "-D FORWARD -d 10.0.0.0/8 -i cni0 -m comment --comment cocoon-net-drop -j DROP",
                "-I FORWARD 1 -d 10.0.0.0/8 -i cni0 -m comment --comment cocoon-net-drop -j DROP",
            ])
    }

    @Test("an accept rule goes in front of a rule that refuses everything, and behind all others")
    func rejectAtEnd() {
        let ruleset = Ruleset(parsing: SavedRulesets.rejectAtEnd)
        #expect(
            rules(nics: ["eth1"]).changes(to: ruleset).filter == [
                "-I FORWARD 3 -i eth1 -o cni0 -j ACCEPT",
                "-I FORWARD 4 -i cni0 -o eth1 -j ACCEPT",
                "-I FORWARD 5 -i cni0 -o cni0 -j ACCEPT",
            ])
    }

    @Test("dropping every destination needs no destination in the rule")
    func dropEverything() {
        let wanted = rules(drop: ["0.0.0.0/0"])
        let saved = "*filter\n-A FORWARD -i cni0 -m comment --comment cocoon-net-drop -j DROP\nCOMMIT"
        #expect(
            wanted.changes(to: Ruleset(parsing: saved)).filter == ["-A FORWARD -i cni0 -o cni0 -j ACCEPT"])
    }

    @Test("the rules of an earlier pool are removed where they differ from ours")
    func replacing() {
        let former = rules(subnet: "172.20.100.0/24", nics: ["eth1", "eth2"])
        let wanted = rules(subnet: "172.20.101.0/24", nics: ["eth2"])
        #expect(
            former.removal(from: former.applied(to: Ruleset()), keeping: wanted).restoreInput == """
                *filter
                -D FORWARD -i eth1 -o cni0 -j ACCEPT
                -D FORWARD -i cni0 -o eth1 -j ACCEPT
                COMMIT
                *nat
                -D POSTROUTING -s 172.20.100.0/24 ! -o cni0 -j MASQUERADE
                COMMIT

                """)
    }

    @Test(
        "our rules are added beside the rules of others, once, and removed without them", arguments: SavedRulesets.all)
    func besideOthers(saved: String) {
        let wanted = rules(nics: ["eth1", "eth2"], primary: "eth0", drop: ["10.0.0.0/8", "172.16.0.0/12"])
        let before = Ruleset(parsing: saved)
        let after = wanted.applied(to: before)
        for rule in wanted.drops + wanted.accepts { #expect(after.filter.contains(rule)) }
        #expect(after.nat.contains(wanted.masquerade))
        #expect(wanted.changes(to: after).isEmpty)
        let ours = Set(wanted.drops + wanted.accepts + [wanted.masquerade])
        let removed = after.applying(wanted.removal(from: after))
        #expect(removed.filter == before.filter.filter { !ours.contains($0) })
        #expect(removed.nat == before.nat.filter { !ours.contains($0) })
        #expect(wanted.removal(from: removed).isEmpty)
    }

    @Test("from any state of the chain, one removal and one change are enough", arguments: 0..<300)
    func anyState(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let networks = ["10.0.0.0/8", "172.16.0.0/12", "192.0.2.0/24"]
        func someRules() -> BridgeRules {
            rules(
                nics: ["eth1", "eth2"].filter { _ in Bool.random(using: &generator) },
                primary: ["eth0", "eth1", nil].randomElement(using: &generator) ?? nil,
                drop: networks.filter { _ in Bool.random(using: &generator) })
        }
        let former = someRules()
        let wanted = someRules()
        let others = Ruleset(parsing: SavedRulesets.docker).filter + Ruleset(parsing: SavedRulesets.rejectAtEnd).filter
        let pieces = others + former.drops + former.accepts + wanted.drops + wanted.accepts
        var before = Ruleset()
        before.filter = (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
            pieces.randomElement(using: &generator)
        }
        let cleared = before.applying(former.removal(from: before, keeping: wanted))
        let after = cleared.applying(wanted.changes(to: cleared))

        let forward = after.filter.filter { $0.chain == "FORWARD" }
        let end = forward.firstIndex(where: \.dropsEverything) ?? forward.count
        let firstAccept = forward.firstIndex { wanted.accepts.contains($0) } ?? end
        for drop in wanted.drops { #expect(forward[..<firstAccept].contains(drop)) }
        for accept in wanted.accepts { #expect(forward[..<end].contains(accept)) }
        let ours = Set(wanted.drops + wanted.accepts + former.drops + former.accepts)
        #expect(after.filter.filter { !ours.contains($0) } == before.filter.filter { !ours.contains($0) })
        #expect(wanted.changes(to: after).isEmpty)
    }
}

extension BridgeRules {
    /// The ruleset after our rules are added.
    fileprivate func applied(to ruleset: Ruleset) -> Ruleset { ruleset.applying(changes(to: ruleset)) }
}

extension Ruleset {
    /// The ruleset that `iptables-restore --noflush` would produce.
    fileprivate func applying(_ changes: RuleChanges) -> Ruleset {
        var result = self
        for command in changes.filter { Self.apply(command, to: &result.filter) }
        for command in changes.nat { Self.apply(command, to: &result.nat) }
        return result
    }

    private static func apply(_ command: String, to rules: inout [Rule]) {
        var words = command.split(separator: " ").map(String.init)
        let verb = words.removeFirst()
        let chain = words.removeFirst()
        let position = verb == "-I" ? Int(words.removeFirst()) : nil
        // As iptables-save would print it again.
        guard let rule = Rule(savedLine: "-A \(chain) \(words.joined(separator: " "))"[...]) else { return }
        switch verb {
        case "-A": rules.append(rule)
        case "-D":
            guard let index = rules.firstIndex(of: rule) else {
                Issue.record("there is no rule to delete for \(command)")
                return
            }
            rules.remove(at: index)
        case "-I":
            let places = rules.indices.filter { rules[$0].chain == chain }
            guard let position, places.indices.contains(position - 1) else {
                Issue.record("there is no such place for \(command)")
                return
            }
            rules.insert(rule, at: places[position - 1])
        default: Issue.record("unknown command \(command)")
        }
    }
}
