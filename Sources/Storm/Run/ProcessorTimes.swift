import FoundationEssentials
import Glibc

/// Processor time in seconds: since the machine and the server started, or between two such readings.
package struct ProcessorTimes: Equatable, Sendable {
    // The time of all cores of the machine, in ticks of about 10 ms: in programs, in the kernel for programs, and in
    // the kernel when frames arrive.
    package var user: Double
    package var system: Double
    package var softirq: Double
    /// The time of the server's process; nil if no process was named or it has ended.
    package var server: Double?

    /// Reads the times so far; nil if there is no /proc.
    init?(ofServer pid: Int32?) {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
        self.init(statistics: text, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))))
        server = pid.flatMap(Self.seconds)
    }

    /// Parses the stat file of proc(5), whose first line has the sums of all cores: user, nice, system, idle, iowait,
    /// irq, softirq.
    init?(statistics text: String, ticksPerSecond: Double) {
        let words = text.prefix { $0 != "\n" }.split(separator: " ")
        let ticks = words.dropFirst().compactMap { Double($0) }
        guard words.first == "cpu", ticks.count >= 7 else { return nil }
        user = (ticks[0] + ticks[1]) / ticksPerSecond
        system = ticks[2] / ticksPerSecond
        softirq = ticks[6] / ticksPerSecond
    }

    static func - (after: ProcessorTimes, before: ProcessorTimes) -> ProcessorTimes {
        var times = after
        times.user -= before.user
        times.system -= before.system
        times.softirq -= before.softirq
        times.server = if let end = after.server, let start = before.server { end - start } else { nil }
        return times
    }

    /// The processor time of all threads of a process, to the nanosecond. The first number in schedstat is the time on
    /// a core.
    private static func seconds(ofProcess pid: Int32) -> Double? {
        let folder = "/proc/\(pid)/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        var nanoseconds: Double?
        for thread in threads {
            let text = try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8)
            guard let time = text?.split(separator: " ").first.flatMap({ Double($0) }) else { continue }
            nanoseconds = (nanoseconds ?? 0) + time
        }
        return nanoseconds.map { $0 / 1e9 }
    }
}
