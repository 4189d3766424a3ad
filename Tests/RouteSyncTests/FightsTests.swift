import Testing

@testable import RouteSync

@Suite("Fights over addresses")
struct FightsTests {
    private var fights = Fights()
    private let start = ContinuousClock.now

    @Test("the third fight within a minute over one address begins a truce of a minute over it alone")
    mutating func truce() {
        #expect(fights.note([1, 2], at: start) == [])
        #expect(fights.note([1], at: start + .seconds(20)) == [])
        #expect(fights.note([1, 2], at: start + .seconds(59)) == [1])
        #expect(fights.isTruce(over: 1) && !fights.isTruce(over: 2))
        #expect(fights.nextTruceEnd == start + .seconds(119))
        #expect(fights.endTruces(at: start + .seconds(118)) == [])
        #expect(fights.endTruces(at: start + .seconds(119)) == [1])
        #expect(!fights.isTruce(over: 1) && fights.nextTruceEnd == nil)
        #expect(fights.note([1], at: start + .seconds(120)) == [])
    }

    @Test("what follows within a second is the same fight")
    mutating func sameFight() {
        for step in 0..<5 { #expect(fights.note([1], at: start + .milliseconds(900 * step)) == (step == 4 ? [1] : [])) }
    }

    @Test("fights that are far apart, or over different addresses, begin no truce")
    mutating func rareFights() {
        for minute in 0..<10 { #expect(fights.note([1], at: start + .seconds(31 * minute)) == []) }
        for slot in 10..<1000 { #expect(fights.note([slot], at: start + .seconds(400)) == []) }
    }

    @Test("a truce is not prolonged, and is over when all is forgotten")
    mutating func forget() {
        for second in [0, 2, 4, 6] { _ = fights.note([1], at: start + .seconds(second)) }
        #expect(fights.nextTruceEnd == start + .seconds(64))
        fights.forget()
        #expect(!fights.isTruce(over: 1))
    }
}
