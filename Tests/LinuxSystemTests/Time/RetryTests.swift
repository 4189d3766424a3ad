import Testing

@testable import LinuxSystem

@Suite("Trying again")
struct RetryTests {
    private func time(_ milliseconds: UInt64) -> BootTime { BootTime(milliseconds: milliseconds) }

    @Test("the delay doubles from half a second to ten seconds, stays there, and starts anew after a success")
    func delays() {
        var retry = Retry()
        let delays = (0..<100).map { retry.recordFailure("busy", now: time($0)).delayMilliseconds }
        #expect(delays.prefix(6) == [500, 1000, 2000, 4000, 8000, 10_000])
        #expect(delays.dropFirst(5).allSatisfy { $0 == 10_000 })
        #expect(retry.recordSuccess() == true)
        #expect(retry.recordSuccess() == false)
        #expect(retry.recordFailure("busy", now: time(0)).delayMilliseconds == 500)
    }

    @Test("a failure is news if it is the first, if it differs from the last, or after a minute")
    func news() {
        var retry = Retry()
        #expect(retry.recordFailure("busy", now: time(0)).isNews)
        #expect(!retry.recordFailure("busy", now: time(59_999)).isNews)
        #expect(retry.recordFailure("busy", now: time(60_000)).isNews)
        #expect(!retry.recordFailure("busy", now: time(60_001)).isNews)
        #expect(retry.recordFailure("gone", now: time(60_002)).isNews)
        retry.recordSuccess()
        #expect(retry.recordFailure("gone", now: time(60_003)).isNews)
    }
}
