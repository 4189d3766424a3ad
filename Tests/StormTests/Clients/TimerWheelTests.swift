import Testing

@testable import Storm

@Suite("Timers")
struct TimerWheelTests {
    private static let millisecond: UInt64 = 1_000_000
    private let start: UInt64 = 5_000 * TimerWheelTests.millisecond

    private func wheel(_ clientCount: Int) -> TimerWheel {
        var wheel = TimerWheel(clientCount: clientCount)
        wheel.begin(at: start)
        return wheel
    }

    @Test("a timer fires once, not before its time and within a millisecond after it")
    func firesOnce() {
        var wheel = wheel(1)
        let deadline = start + 7 * Self.millisecond + 5
        wheel.set(0, at: deadline)
        #expect(wheel.popFired(at: deadline - 1) == nil)
        #expect(wheel.popFired(at: deadline + Self.millisecond) == 0)
        #expect(wheel.popFired(at: deadline + Self.millisecond) == nil)
        #expect(wheel.popFired(at: deadline + 100_000 * Self.millisecond) == nil)
    }

    @Test("setting a timer again moves it, and a cleared one never fires")
    func moveAndClear() {
        var wheel = wheel(2)
        wheel.set(0, at: start + 10 * Self.millisecond)
        wheel.set(0, at: start + 20 * Self.millisecond)
        wheel.set(1, at: start + 10 * Self.millisecond)
        wheel.clear(1)
        wheel.clear(1)
        #expect(wheel.popFired(at: start + 15 * Self.millisecond) == nil)
        #expect(wheel.popFired(at: start + 21 * Self.millisecond) == 0)
        #expect(wheel.popFired(at: start + 40_000 * Self.millisecond) == nil)
    }

    @Test("a timer that is more than a turn ahead waits for its own turn")
    func laterTurns() {
        var wheel = wheel(2)
        let turn = 16_384 * Self.millisecond
        wheel.set(0, at: start + 3 * Self.millisecond)
        wheel.set(1, at: start + turn * 2 + 3 * Self.millisecond)
        #expect(wheel.popFired(at: start + 5 * Self.millisecond) == 0)
        #expect(wheel.popFired(at: start + turn + 5 * Self.millisecond) == nil)
        #expect(wheel.popFired(at: start + 2 * turn + 5 * Self.millisecond) == 1)
    }

    @Test("a timer that is set in the past fires at once")
    func past() {
        var wheel = wheel(1)
        #expect(wheel.popFired(at: start + 100 * Self.millisecond) == nil)
        wheel.set(0, at: start)
        #expect(wheel.popFired(at: start + 103 * Self.millisecond) == 0)
    }

    @Test("timers may be set and cleared while others of the same millisecond fire", arguments: 1..<4)
    func changesWhileFiring(distance: Int) throws {
        var wheel = wheel(4)
        for index in 0..<4 { wheel.set(index, at: start + 5 * Self.millisecond) }
        let now = start + 8 * Self.millisecond
        let firstFired = wheel.popFired(at: now)
        let first = try #require(firstFired)
        let cleared = (first + distance) % 4
        wheel.clear(cleared)
        wheel.set(first, at: now)
        var fired: Set<Int> = []
        while let index = wheel.popFired(at: now) { #expect(fired.insert(index).inserted) }
        #expect(fired == Set(0..<4).subtracting([first, cleared]))
        #expect(wheel.popFired(at: now + 3 * Self.millisecond) == first)
    }

    @Test("against a model: thousands of random timers fire in the millisecond that they should")
    func model() {
        var wheel = wheel(500)
        let noise = SeededNoise(seed: 3)
        var deadlines: [Int: UInt64] = [:]
        var now = start
        for step in 0..<3_000 as Range<UInt64> {
            let index = Int(noise(step) % 500)
            if noise(step + 1 << 32) % 4 == 0 {
                wheel.clear(index)
                deadlines[index] = nil
            } else {
                let deadline = now + noise(step + 2 << 32) % (40_000 * Self.millisecond)
                wheel.set(index, at: deadline)
                deadlines[index] = deadline
            }
            now += noise(step + 3 << 32) % (20 * Self.millisecond)
            while let fired = wheel.popFired(at: now) {
                let deadline = deadlines.removeValue(forKey: fired)
                #expect(deadline.map { $0 <= now } == true)
            }
            // No timer that has not fired is two milliseconds late.
            #expect(deadlines.values.allSatisfy { $0 + 2 * Self.millisecond > now })
        }
    }

    @Test("the time to the next timer is given, up to a limit")
    func untilNext() {
        var wheel = wheel(1)
        #expect(wheel.milliseconds(untilNextUpTo: 50) == 50)
        wheel.set(0, at: start + 10 * Self.millisecond)
        #expect(wheel.popFired(at: start) == nil)
        #expect((9...11).contains(wheel.milliseconds(untilNextUpTo: 50)))
    }
}
