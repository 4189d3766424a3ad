import Testing

@testable import Node

@Suite("Rules as text")
struct RuleTests {
    @Test("a saved line is split at spaces, and quotes and escapes are removed")
    func split() throws {
        let line = #"-A FORWARD -m comment --comment "say \"hi\" \\ there" -j ACCEPT"#
        let rule = try #require(Rule(savedLine: line[...]))
        #expect(rule.chain == "FORWARD")
        #expect(rule.words == ["-m", "comment", "--comment", #"say "hi" \ there"#, "-j", "ACCEPT"])
    }

    @Test("a rule's text is read back as the same rule")
    func roundTrip() throws {
        for words in [["-j", "ACCEPT"], ["--comment", ""], ["--comment", #"a "b" \c\"#], ["!", "-o", "cni0"]] {
            let rule = Rule(chain: "C", words: words)
            #expect(Rule(savedLine: "-A \(rule.text())"[...]) == rule)
        }
    }

    @Test(
        "lines that are not rules are not read as rules",
        arguments: ["# remark", ":FORWARD ACCEPT [0:0]", "COMMIT", "", "-A FORWARD", "-N X"])
    func others(line: String) { #expect(Rule(savedLine: line[...]) == nil) }

    @Test("a ruleset keeps the filter and nat tables apart, and leaves other tables out")
    func tables() {
        let ruleset = Ruleset(parsing: SavedRulesets.kubeProxy)
        #expect(ruleset.filter.count == 7)
        #expect(ruleset.nat.count == 5)
        #expect(!ruleset.filter.contains(Rule("FORWARD -i cni0 -o cni0 -j ACCEPT")))
    }

    @Test("without changes, the input is empty")
    func noChanges() { #expect(RuleChanges().restoreInput == "") }
}
