import FastDHCP
import LinuxSystem
import Logging
import Synchronization

/// Logs one line for each change of a lease. Above `linesPerSecond`, it counts the rest and logs one summary a second.
///
/// Only one thread uses it.
final class LeaseLog: Sendable {
    private let log: Logger
    private let state = Mutex(State())

    /// How many changes a second get a line of their own.
    static let linesPerSecond = 100

    private struct State {
        var second: UInt64 = 0
        var lineCount = 0
        /// The changes that got no line of their own, by event.
        var counts: [TraceEvent: Int] = [:]
    }

    init(_ log: Logger) { self.log = log }

    /// The longest time until `writeSummaryIfDue()` must be called again, in milliseconds. -1 means no limit.
    var untilSummary: Int32 { state.withLock { $0.counts.isEmpty ? -1 : 1000 } }

    func write(_ event: LeaseEvent) {
        guard log.logLevel <= .info else { return }
        let isTold = state.withLock { state in
            let second = BootTime.now().milliseconds / 1000
            if second != state.second {
                state.second = second
                state.lineCount = 0
            }
            state.lineCount += 1
            if state.lineCount > Self.linesPerSecond { state.counts[event.event, default: 0] += 1 }
            return state.lineCount <= Self.linesPerSecond
        }
        guard isTold else { return }
        log.info(
            "lease \(event.event)", metadata: ["mac": "\(event.client)", "ip": "\(event.address)"])
    }

    /// Logs the summary of a second that is over.
    func writeSummaryIfDue() {
        let isDue = state.withLock { !$0.counts.isEmpty && BootTime.now().milliseconds / 1000 != $0.second }
        if isDue { summarize() }
    }

    /// Logs the counted changes, if any.
    func summarize() {
        let counts = state.withLock { state in
            defer { state.counts = [:] }
            return state.counts
        }
        guard !counts.isEmpty else { return }
        let metadata = counts.map { ("\($0.key)", Logger.MetadataValue.string("\($0.value)")) }
        log.info(
            "more lease changes within a second, not logged one by one",
            metadata: Dictionary(uniqueKeysWithValues: metadata))
    }
}
