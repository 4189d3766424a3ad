import Testing

@testable import RouteSync

@Suite("Damping of conflicts over addresses")
struct ConflictDamperTests {
    private var damper = ConflictDamper()
    private let start = ContinuousClock.now

    @Test("the third fight over an address within a minute begins a truce of a minute for that address alone")
    mutating func truce() {
        #expect(damper.recordRepairs(over: [1, 2], at: start) == [])
        #expect(damper.recordRepairs(over: [1], at: start + .seconds(20)) == [])
        #expect(damper.recordRepairs(over: [1, 2], at: start + .seconds(59)) == [1])
        #expect(damper.isTruce(over: 1) && !damper.isTruce(over: 2))
        #expect(damper.nextTruceEnd == start + .seconds(119))
        #expect(damper.endTruces(at: start + .seconds(118)) == [])
        #expect(damper.endTruces(at: start + .seconds(119)) == [1])
        #expect(!damper.isTruce(over: 1) && damper.nextTruceEnd == nil)
        #expect(damper.recordRepairs(over: [1], at: start + .seconds(120)) == [])
    }

    @Test("repairs within a second of the first belong to the same fight")
    mutating func sameFight() {
        for step in 0..<5 {
            #expect(damper.recordRepairs(over: [1], at: start + .milliseconds(900 * step)) == (step == 4 ? [1] : []))
        }
    }

    @Test("fights that are far apart, or over different addresses, begin no truce")
    mutating func rareFights() {
        for minute in 0..<10 { #expect(damper.recordRepairs(over: [1], at: start + .seconds(31 * minute)) == []) }
        for slot in 10..<1000 { #expect(damper.recordRepairs(over: [slot], at: start + .seconds(400)) == []) }
    }

    @Test("another fight does not prolong a truce, and forgetting everything ends it")
    mutating func forget() {
        for second in [0, 2, 4, 6] { _ = damper.recordRepairs(over: [1], at: start + .seconds(second)) }
        #expect(damper.nextTruceEnd == start + .seconds(64))
        damper.forget()
        #expect(!damper.isTruce(over: 1))
    }
}
