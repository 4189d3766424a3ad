import Testing

@testable import LinuxSystem

@Suite("the two clocks")
struct WallTimeTests {
    private let now = ClockReading(
        boot: BootTime(milliseconds: 10_000), wall: WallTime(milliseconds: 1_800_000_000_000))

    private func wall(_ offset: Int) -> WallTime {
        WallTime(milliseconds: UInt64(Int(now.wall.milliseconds) + offset))
    }

    @Test("an instant keeps its distance from now", arguments: [-10_000, -1, 0, 1, 86_400_000])
    func distance(offset: Int) {
        let instant = BootTime(milliseconds: UInt64(10_000 + offset))
        #expect(now.wallTime(of: instant) == wall(offset))
        #expect(now.bootTime(of: wall(offset), decidedAt: wall(-20_000)) == instant)
    }

    @Test("a time that never ends never ends on either clock")
    func never() {
        #expect(now.wallTime(of: .never) == .never)
        #expect(now.bootTime(of: .never, decidedAt: wall(5)) == .never)
        #expect(now.wallTime(of: BootTime(milliseconds: .max - 1)) == .never)
        #expect(now.bootTime(of: WallTime(milliseconds: .max - 1), decidedAt: wall(0)) < .never)
    }

    @Test("if the wall clock was set back to before a record, the time that was left at the record is still left")
    func setBack() {
        let decided = wall(3_600_000)
        #expect(now.bootTime(of: wall(3_600_000 + 500), decidedAt: decided) == BootTime(milliseconds: 10_500))
        #expect(now.bootTime(of: decided, decidedAt: decided) == now.boot)
        #expect(now.bootTime(of: wall(3_600_000 - 500), decidedAt: decided) == BootTime(milliseconds: 9_500))
        let lost = ClockReading(boot: now.boot, wall: WallTime(milliseconds: 0))
        #expect(lost.bootTime(of: wall(700), decidedAt: wall(0)) == BootTime(milliseconds: 10_700))
    }

    @Test("time that has passed since a record counts")
    func forward() {
        let decided = wall(-3_600_000)
        #expect(now.bootTime(of: wall(600), decidedAt: decided) == BootTime(milliseconds: 10_600))
        #expect(now.bootTime(of: wall(-600), decidedAt: decided) == BootTime(milliseconds: 9_400))
    }

    @Test("a time before the machine booted reads as the time of the boot")
    func beforeBoot() {
        #expect(now.bootTime(of: wall(-10_001), decidedAt: wall(-20_000)) == BootTime(milliseconds: 0))
        #expect(
            now.bootTime(of: WallTime(milliseconds: 0), decidedAt: WallTime(milliseconds: 0))
                == BootTime(milliseconds: 0))
        let young = ClockReading(boot: BootTime(milliseconds: 10), wall: WallTime(milliseconds: 5))
        #expect(young.wallTime(of: BootTime(milliseconds: 0)) == WallTime(milliseconds: 0))
    }
}
