import Testing

@testable import Node

@Suite("Tables that iptables-save cannot print")
struct UnreadableTableTests {
    @Test("such a table is recognized, and no other")
    func recognized() {
        let saved = """
            # Table `filter' is incompatible, use 'nft' tool.
            *nat
            -A POSTROUTING -s 172.20.100.0/24 ! -o cni0 -j MASQUERADE
            COMMIT
            # Table `mangle' contains incompatible base-chains, use 'nft' tool to list them.
            """
        #expect(Ruleset.isUnreadable("filter", in: saved))
        #expect(!Ruleset.isUnreadable("nat", in: saved))
        #expect(!Ruleset.isUnreadable("mangle", in: saved))
    }
}
