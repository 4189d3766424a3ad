import Glibc
import LinuxSystem
import Node
import Storm

/// Shows the progress of a storm: as a moving bar on a terminal, otherwise as a line every two seconds.
enum ProgressDisplay {
    /// Shows the progress of a storm until its end. Cancelling the task ends the storm early.
    static func follow(_ run: StormRun) async -> StormResult {
        fflush(nil)
        while await !isOver(run, within: isTerminal ? .milliseconds(50) : .seconds(2)) {
            let line = run.progress.line(width: width)
            if isTerminal { redraw(line) } else { StandardError.print(line) }
        }
        if isTerminal { redraw("") }
        return run.result()
    }

    /// Waits for the end of a storm without output. Cancelling the task ends the storm early.
    static func wait(for run: StormRun) async -> StormResult {
        while await !isOver(run, within: .seconds(1)) {}
        return run.result()
    }

    private static let width = 78

    /// Waits until the storm ends or `limit` is over, and returns whether the storm has ended.
    private static func isOver(_ run: StormRun, within limit: Duration) async -> Bool {
        let end = ContinuousClock.now + limit
        while !run.isFinished, ContinuousClock.now < end {
            do {
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                run.cancel()
                return true
            }
        }
        return run.isFinished
    }

    /// Replaces the previous line on the terminal by `line`, and stays on it.
    private static func redraw(_ line: String) {
        let bytes = Array("\r\u{1B}[2K\(line)".utf8)
        // SAFETY: the count is the array's own. A failed write is ignored, because nobody sees the terminal any more.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Whether a line can be overwritten.
    private static let isTerminal: Bool = {
        // SAFETY: nothing changes the environment, so the text stays where it is.
        guard isatty(STDERR_FILENO) == 1, let kind = unsafe getenv("TERM") else { return false }
        return unsafe String(cString: kind) != "dumb"
    }()
}
