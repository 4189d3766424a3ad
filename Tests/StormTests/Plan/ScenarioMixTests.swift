import Testing

@testable import Storm

@Suite("Mixes of scenarios")
struct ScenarioMixTests {
    @Test("each scenario has its share of the clients, spread evenly among them")
    func shares() throws {
        let mix = try ScenarioMix(parsing: "dora=50,renew=30,init-reboot=15,release=5")
        let pattern = mix.pattern
        #expect(pattern.count == 100)
        for part in mix.parts {
            #expect(pattern.count { $0 == part.scenario } == part.weight)
            // Each quarter has the right share too, to within one client.
            for quarter in 0..<4 {
                let count = pattern[quarter * 25..<quarter * 25 + 25].count { $0 == part.scenario }
                #expect(abs(Double(count) - Double(part.weight) / 4) <= 1)
            }
        }
        #expect(mix.single == nil)
        #expect(ScenarioMix(.renew).pattern == [.renew])
    }

    @Test(
        "text that is not a mix is refused, and the error names the wrong word",
        arguments: [
            ("", ScenarioMixError.malformed("")), ("dora", .malformed("dora")), ("dora=x", .malformed("dora=x")),
            ("dora=1,", .malformed("")), ("dora=1=2", .malformed("dora=1=2")), ("reboot=5", .unknown("reboot")),
            ("dora=0", .weight("0")), ("dora=-1", .weight("-1")), ("dora=1001", .weight("1001")),
            ("dora=1,renew=2,dora=3", .repeated(.dora)),
        ])
    func refused(text: String, error: ScenarioMixError) {
        #expect(throws: error) { try ScenarioMix(parsing: text) }
    }
}
