import FoundationEssentials
import Glibc

/// Processor time in seconds: since the machine and the server started, or between two such readings.
package struct ProcessorTimes: Equatable, Sendable {
    // Of all cores of the machine, in ticks of 10 ms or so: programs, the kernel for them, and what it does
    // when frames arrive.
    package var user: Double
    package var system: Double
    package var softirq: Double
    /// Of the server's process; nil when nobody said which it is, or it has ended.
    package var server: Double?

    /// What has passed so far; nil where there is no /proc.
    init?(ofServer pid: Int32?) {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
        self.init(statistics: text, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))))
        server = pid.flatMap(Self.seconds)
    }

    /// Reads proc(5)'s stat, whose first line sums up the cores: user, nice, system, idle, iowait, irq, softirq.
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

    /// What all threads of a process have had, to the nanosecond: schedstat begins with the time on a core.
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
