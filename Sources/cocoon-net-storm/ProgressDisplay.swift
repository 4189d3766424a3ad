import Glibc
import LinuxSystem
import Node
import Storm

/// Shows how far a storm is: a bar that moves on a terminal, a line now and then elsewhere.
enum ProgressDisplay {
    /// Shows a storm until its end; a cancelled task ends it early.
    static func follow(_ run: StormRun) async -> StormResult {
        fflush(nil)
        while await !isOver(run, within: isTerminal ? .milliseconds(50) : .seconds(2)) {
            let line = run.progress.line(width: width)
            if isTerminal { redraw(line) } else { StandardError.print(line) }
        }
        if isTerminal { redraw("") }
        return run.result()
    }

    /// Waits for a storm's end without a word; a cancelled task ends it early.
    static func wait(for run: StormRun) async -> StormResult {
        while await !isOver(run, within: .seconds(1)) {}
        return run.result()
    }

    private static let width = 78

    /// Whether the storm has ended, once it has or `limit` is over.
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

    /// Puts `line` in place of the one before it, without going to the next.
    private static func redraw(_ line: String) {
        let bytes = Array("\r\u{1B}[2K\(line)".utf8)
        // SAFETY: the count is the array's own. Nobody is left to be told when the terminal has gone.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Whether lines can be drawn over.
    private static let isTerminal: Bool = {
        // SAFETY: nobody changes the environment, so the text stays where it is.
        guard isatty(STDERR_FILENO) == 1, let kind = unsafe getenv("TERM") else { return false }
        return unsafe String(cString: kind) != "dumb"
    }()
}
