import Testing

@testable import Provision

@Suite("Tables of nft's own")
struct NFTChainsTests {
    /// As `nft -j list ruleset` prints it, without handles.
    private static func ruleset(_ family: String, _ table: String, policy: String, rule expression: String) -> String {
        """
        {"nftables": [{"metainfo": {"json_schema_version": 1}}, {"table": {"family": "\(family)", "name": "\(table)"}},
        {"chain": {"family": "\(family)", "table": "\(table)", "name": "fwd", "type": "filter", "hook": "forward", "prio": 10,
        "policy": "\(policy)"}},
        {"chain": {"family": "\(family)", "table": "\(table)", "name": "in", "hook": "input", "prio": 0, "policy": "drop"}},
        {"rule": {"family": "\(family)", "table": "\(table)", "chain": "fwd", "expr": [\(expression)]}}]}
        """
    }

    @Test("a chain at forward that drops by its policy or a rule without a condition is named, and no other")
    func named() {
        let name = ["nft: chain inet firewalld fwd drops what is forwarded"]
        let counter = #"{"counter": {"packets": 0, "bytes": 0}}"#
        let match = #"{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth9"}}"#
        func found(_ policy: String, _ rule: String, _ family: String = "inet", _ table: String = "firewalld")
            -> [String]
        {
            NFTChains.dropping(in: Self.ruleset(family, table, policy: policy, rule: rule))
        }
        #expect(found("drop", counter) == name)
        #expect(found("accept", counter + #", {"reject": {"type": "icmpx", "expr": "admin-prohibited"}}"#) == name)
        #expect(found("accept", #"{"drop": null}"#) == name)
        #expect(found("accept", match + #", {"drop": null}"#) == [])
        #expect(found("accept", counter) == [])
        #expect(found("drop", counter, "ip", "filter") == [])
        #expect(found("drop", counter, "ip6", "other") == [])
        #expect(NFTChains.dropping(in: "") == [])
    }
}
