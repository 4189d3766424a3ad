import LinuxSystem
import Testing

@testable import Node

@Suite("Repairs that are fought over")
struct RepairDamperTests {
    private var damper = RepairDamper()

    private func at(_ milliseconds: UInt64) -> BootTime { BootTime(milliseconds: 1_000_000 + milliseconds) }

    private mutating func mayRepair(_ item: NodeItem, at milliseconds: UInt64) -> Bool {
        damper.mayRepair(item, now: at(milliseconds))
    }

    /// Whether a fight begins with this repair.
    private mutating func repair(_ item: NodeItem, at milliseconds: UInt64) -> Bool {
        damper.recordRepair(of: item, now: at(milliseconds))
    }

    @Test(
        "an item that is put back too often in a minute is put back less often; this is said once; others are not affected"
    )
    mutating func fight() {
        let begins = (0...UInt64(RepairDamper.limit)).map { repair(.rules, at: $0 * 100) }
        #expect(begins == Array(repeating: false, count: RepairDamper.limit) + [true])
        let last = UInt64(RepairDamper.limit) * 100
        let allowed = [last + 1, last + 9999, last + 10_000].map { mayRepair(.rules, at: $0) }
        #expect(allowed == [false, false, true])
        let isOtherAllowed = mayRepair(.bridge, at: last + 1)
        #expect(isOtherAllowed)
        let beginsAgain = repair(.rules, at: last + 10_000)
        #expect(!beginsAgain)
        let isAllowedNext = mayRepair(.rules, at: last + 19_999)
        #expect(!isAllowedNext)
    }

    @Test("after a minute without repairs the fight is over")
    mutating func peace() {
        for _ in 0...RepairDamper.limit { _ = repair(.sysctls, at: 0) }
        let allowed = [9999, 60_000].map { mayRepair(.sysctls, at: $0) }
        #expect(allowed == [false, true])
        _ = repair(.sysctls, at: 60_000)
        let isAllowedNext = mayRepair(.sysctls, at: 60_001)
        #expect(isAllowedNext)
    }
}
