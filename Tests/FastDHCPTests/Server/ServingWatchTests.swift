import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("The watch over serving")
struct ServingWatchTests {
    private let state = ServingState()

    private func time(_ milliseconds: UInt64) -> BootTime { BootTime(milliseconds: milliseconds) }

    /// Looks every half second for `duration`.
    /// - Returns: the result of the last look.
    private func look(_ watch: inout ServingWatch, from start: UInt64, for duration: UInt64) -> Bool {
        var answer = false
        for now in stride(from: start + 500, through: start + duration, by: 500) {
            answer = watch.isNeglected(now: time(now))
        }
        return answer
    }

    @Test("an interface that is not served, and that nobody tries to serve, is neglected after ten seconds")
    func neglected() {
        var watch = ServingWatch(state, now: time(0))
        #expect(look(&watch, from: 0, for: 10_000) == false)
        #expect(look(&watch, from: 10_000, for: 500) == true)
        state.expectAttempt(by: time(11_000))
        #expect(look(&watch, from: 10_500, for: 500) == false)
    }

    @Test("an interface that somebody tries to serve is not neglected until an attempt is overdue")
    func attempted() {
        var watch = ServingWatch(state, now: time(0))
        state.expectAttempt(by: time(60_000))
        #expect(look(&watch, from: 0, for: 70_000) == false)
        #expect(look(&watch, from: 70_000, for: 500) == true)
    }

    @Test("the time that the machine was suspended does not count")
    func suspended() {
        var watch = ServingWatch(state, now: time(0))
        #expect(watch.isNeglected(now: time(3_600_000)) == false)
    }

    @Test(
        "a served interface is not neglected as long as it exists and is up",
        .enabled(if: LiveNetwork.isAvailable, "\(LiveNetwork.obstacle ?? "")"))
    func served() throws {
        try LiveNetwork.inside {
            var watch = ServingWatch(state, now: time(0))
            #expect(!state.isServing)
            state.begin(on: try BoundInterface(named: "br0"))
            #expect(state.isServing && look(&watch, from: 0, for: 60_000) == false)
            try LiveNetwork.shell("ip link set br0 down")
            #expect(!state.isServing)
            try LiveNetwork.shell("ip link set br0 up")
            #expect(state.isServing)
            try LiveNetwork.shell("ip link del br0")
            #expect(!state.isServing && look(&watch, from: 60_000, for: 10_500) == true)
        }
    }
}
