import FoundationEssentials
import LinuxSystem
import Logging
import Synchronization

/// The log on standard error: one line per event, with the message first and its fields after it.
///
/// It never waits for its reader: a line that finds no room is dropped and counted, and the next one that finds room is
/// preceded by the count.
struct OperatorLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    private let output: Output

    /// - Parameter journalStream: the value of JOURNAL_STREAM.
    init(journalStream: String?) { output = Output(isJournal: StandardError.isJournal(named: journalStream)) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let text = fields.reduce("\(event.message)") { text, field in
            text + " \(field.key)=\(Self.quoted("\(field.value)"))"
        }
        output.write(text, level: event.level)
    }

    /// The value, quoted if it is empty or contains spaces or quotes.
    private static func quoted(_ value: String) -> String {
        guard value.isEmpty || value.contains(where: { $0.isWhitespace || $0 == "\"" }) else { return value }
        return "\"\(value.replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
    }

    /// Where the lines of all loggers go.
    private final class Output: Sendable {
        /// Whether systemd's journal reads the lines. It adds the time, and takes the priority from the first bytes of a
        /// line (sd-daemon(3)).
        private let isJournal: Bool
        private let droppedCount = Mutex(0)

        init(isJournal: Bool) { self.isJournal = isJournal }

        func write(_ text: String, level: Logger.Level) {
            droppedCount.withLock { count in
                if count > 0 {
                    let notice = "log lines were dropped: whoever reads the log does not keep up count=\(count)"
                    guard StandardError.write(withoutWaiting: line(notice, .warning)) else {
                        count += 1
                        return
                    }
                    count = 0
                }
                if !StandardError.write(withoutWaiting: line(text, level)) { count += 1 }
            }
        }

        private func line(_ text: String, _ level: Logger.Level) -> [UInt8] {
            let head = isJournal ? "<\(level.priority)>" : "\(Date.now.ISO8601Format()) \(level.name): "
            return Array((head + text + "\n").utf8)
        }
    }
}

extension Logger.Level {
    /// The syslog priority (syslog(3)).
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// As COCOON_NET_LOG_LEVEL names it.
    fileprivate var name: String { self == .warning ? "warn" : rawValue }
}
