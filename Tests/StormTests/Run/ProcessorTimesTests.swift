import Glibc
import Testing

@testable import Storm

@Suite("Processor time")
struct ProcessorTimesTests {
    @Test("the machine's times are the sums of all cores")
    func statistics() throws {
        let text = """
            cpu  2970952 87750 398725 1652035 16866 0 37858 68748 0 0
            cpu0 1 2 3 4 5 6 7 8 9 10

            """
        let times = try #require(ProcessorTimes(statistics: text, ticksPerSecond: 100))
        #expect((times.user, times.system, times.softirq) == (30_587.02, 3_987.25, 378.58))
        #expect(times.server == nil)
    }

    @Test("text of another kind has no times", arguments: ["", "cpu", "cpu 1 2 3 4 5 6", "cpu0 1 2 3 4 5 6 7"])
    func malformed(text: String) {
        #expect(ProcessorTimes(statistics: text, ticksPerSecond: 100) == nil)
    }

    @Test("a process that works has more time afterwards, and one that does not exist has none")
    func process() throws {
        let before = try #require(ProcessorTimes(ofServer: getpid()))
        var noise: UInt64 = 0
        while try #require(ProcessorTimes(ofServer: getpid())?.server) < #require(before.server) + 0.02 {
            for step in 0..<100_000 as Range<UInt64> { noise ^= SeededNoise(seed: noise)(step) }
        }
        let after = try #require(ProcessorTimes(ofServer: getpid()))
        #expect(try #require((after - before).server) >= 0.02)
        #expect(ProcessorTimes(ofServer: -1)?.server == nil)
    }
}
