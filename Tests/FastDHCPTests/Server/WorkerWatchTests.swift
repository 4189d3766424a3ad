import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("The watch over the packet threads")
struct WorkerWatchTests {
    private let counters = [WorkerCounters(), WorkerCounters()]

    /// Looks every `step` milliseconds for `duration`; before each look the threads named tick.
    /// - Returns: the result of the last look.
    private func look(
        _ watch: inout WorkerWatch, from start: UInt64, for duration: UInt64, step: UInt64 = 500, ticking: [Int]
    ) -> Int? {
        var answer: Int?
        for time in stride(from: start + step, through: start + duration, by: Int(step)) {
            for index in ticking { counters[index].countTick() }
            answer = watch.firstStuck(now: BootTime(milliseconds: time))
        }
        return answer
    }

    @Test("threads that tick are not stuck, however long they run")
    func ticking() {
        var watch = WorkerWatch(counters, now: BootTime(milliseconds: 0))
        #expect(look(&watch, from: 0, for: 60_000, ticking: [0, 1]) == nil)
    }

    @Test(
        "a thread without a tick for more than three seconds is stuck, and named, until it ticks again",
        arguments: 0...1)
    func stuck(_ index: Int) {
        var watch = WorkerWatch(counters, now: BootTime(milliseconds: 0))
        let other = [1 - index]
        #expect(look(&watch, from: 0, for: 3000, ticking: other) == nil)
        #expect(look(&watch, from: 3000, for: 500, ticking: other) == index)
        #expect(look(&watch, from: 3500, for: 10_000, ticking: other) == index)
        #expect(look(&watch, from: 13_500, for: 500, ticking: [0, 1]) == nil)
    }

    @Test("a machine that was suspended has no stuck threads")
    func suspended() {
        var watch = WorkerWatch(counters, now: BootTime(milliseconds: 0))
        #expect(watch.firstStuck(now: BootTime(milliseconds: 3_600_000)) == nil)
        #expect(look(&watch, from: 3_600_000, for: 1000, step: 1000, ticking: [0, 1]) == nil)
        // Looks that are far apart still find a stuck thread.
        #expect(look(&watch, from: 3_601_000, for: 20_000, step: 10_000, ticking: []) == 0)
    }
}
