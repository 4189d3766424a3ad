import Testing

@testable import Storm

@Suite("Waits between resends")
struct BackOffTests {
    private let second: UInt64 = 1_000_000_000

    @Test("the waits are 4, 8, 16, 32 and 64 s, each at most a second off (RFC 2131 section 4.1)")
    func doubling() {
        let backOff = BackOff(firstNanoseconds: 4 * second)
        let noise = SeededNoise(seed: 7)
        for (sendCount, mean) in [(1, 4), (2, 8), (3, 16), (4, 32), (5, 64), (6, 64), (255, 64)] as [(Int, UInt64)] {
            for purpose in 0..<1000 as Range<UInt64> {
                let wait = backOff.nanoseconds(afterSend: sendCount, noise: noise(purpose))
                #expect(((mean - 1) * second...(mean + 1) * second).contains(wait))
            }
        }
    }

    @Test("the extremes of the noise give the shortest and the longest wait")
    func extremes() {
        let backOff = BackOff(firstNanoseconds: 4 * second)
        #expect(backOff.nanoseconds(afterSend: 1, noise: 0) == 3 * second)
        #expect(backOff.nanoseconds(afterSend: 1, noise: 2 * second) == 5 * second)
    }

    @Test("a shorter first wait shortens all waits in proportion")
    func shorter() {
        let backOff = BackOff(firstNanoseconds: 100)
        #expect(backOff.nanoseconds(afterSend: 1, noise: 0) == 75)
        #expect(backOff.nanoseconds(afterSend: 3, noise: 50) == 425)
    }

    @Test("waits of different clients differ, and the same seed gives the same waits")
    func seeded() {
        let some = (0..<100).map { SeededNoise(seed: 1)($0) }
        #expect(Set(some).count == 100)
        #expect(some == (0..<100).map { SeededNoise(seed: 1)($0) })
        #expect(some != (0..<100).map { SeededNoise(seed: 2)($0) })
    }
}
