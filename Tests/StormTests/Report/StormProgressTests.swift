import Testing

@testable import Storm

@Suite("The progress line")
struct StormProgressTests {
    private func progress(_ change: (inout StormProgress) -> Void) -> StormProgress {
        var progress = StormProgress()
        progress.phase = .measuring
        progress.clientCount = 1000
        progress.elapsed = .milliseconds(400)
        change(&progress)
        return progress
    }

    @Test("the bar shows the share of clients that are done or lost")
    func bar() {
        #expect(progress { $0.completedCount = 0 }.line(width: 78).filter { $0 == "█" }.isEmpty)
        let half = progress { ($0.completedCount, $0.lostCount) = (400, 100) }
        #expect(half.line(width: 78).filter { $0 == "█" }.count == 15)
        #expect(half.line(width: 78).filter { $0 == "░" }.count == 15)
        #expect(half.line(width: 78).contains("400 of 1,000, 100 lost, 400 ms"))
        #expect(progress { $0.completedCount = 2000 }.fraction == 1)
    }

    @Test("with a duration, the bar shows the share of the time")
    func duration() {
        let line = progress { ($0.completedCount, $0.duration) = (123_456, .seconds(4)) }
        #expect(line.fraction == 0.1)
        #expect(line.line(width: 78).contains("123,456 done"))
    }

    @Test("the line never exceeds its width", arguments: [20, 40, 60, 78])
    func width(_ width: Int) {
        let line = progress {
            $0.clientCount = 1_000_000
            ($0.completedCount, $0.resendCount, $0.lostCount) = (999_999, 1_000_000, 500_000)
        }
        #expect(line.line(width: width).count <= width)
    }
}
