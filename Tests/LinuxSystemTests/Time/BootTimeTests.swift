import Testing

@testable import LinuxSystem

@Suite("boot time")
struct BootTimeTests {
    @Test("it never goes back")
    func monotonic() {
        let first = BootTime.nanosecondsNow()
        #expect(BootTime.nanosecondsNow() >= first)
        #expect(BootTime.now() >= BootTime(milliseconds: first / 1_000_000))
    }

    @Test("an instant that is too far away stays at the maximum")
    func saturates() {
        let instant = BootTime(milliseconds: .max - 5)
        #expect(instant + 5 == BootTime(milliseconds: .max))
        #expect(instant + 6 == BootTime(milliseconds: .max))
        #expect(instant + .max == BootTime(milliseconds: .max))
    }

    @Test("the time since a later instant is zero")
    func since() {
        #expect(BootTime(milliseconds: 7).millisecondsSince(BootTime(milliseconds: 5)) == 2)
        #expect(BootTime(milliseconds: 5).millisecondsSince(BootTime(milliseconds: 7)) == 0)
    }
}
