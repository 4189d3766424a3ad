import FastDHCP
import LinuxSystem
import Logging
import Synchronization

/// One line in the log for each change of a lease; when there are many, one a second that counts them.
///
/// Used by one thread.
final class LeaseLog: Sendable {
    private let log: Logger
    private let state = Mutex(State())

    /// How many lines a second are told one by one.
    static let linesPerSecond = 100

    private struct State {
        var second: UInt64 = 0
        var lineCount = 0
        /// What was not told one by one, by event.
        var counts: [TraceEvent: Int] = [:]
    }

    init(_ log: Logger) { self.log = log }

    /// How long to wait at most before the next look; -1 without limit.
    var untilSummary: Int32 { state.withLock { $0.counts.isEmpty ? -1 : 1000 } }

    func tell(_ event: LeaseEvent) {
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

    /// Tells what was counted in a second that is over.
    func tellSummaryIfDue() {
        let isDue = state.withLock { !$0.counts.isEmpty && BootTime.now().milliseconds / 1000 != $0.second }
        if isDue { summarize() }
    }

    /// Tells what was counted.
    func summarize() {
        let counts = state.withLock { state in
            defer { state.counts = [:] }
            return state.counts
        }
        guard !counts.isEmpty else { return }
        let metadata = counts.map { ("\($0.key)", Logger.MetadataValue.string("\($0.value)")) }
        log.info(
            "more leases changed in a second than are told one by one",
            metadata: Dictionary(uniqueKeysWithValues: metadata))
    }
}
