public import LinuxSystem

/// Checks that each packet thread still ticks, which it does every second.
public struct WorkerWatch: Sendable {
    /// How long a thread may go without a tick: three ticks' time, so that delays on a busy machine do not count.
    static let patienceMilliseconds: UInt64 = 3000
    /// How much of the time between two calls counts at most. While the machine or the process is suspended, nothing
    /// ticks.
    static let longestStepMilliseconds: UInt64 = 2000

    private let counters: [WorkerCounters]
    /// The last tick count of each thread, and for how many milliseconds it has been the same.
    private var seen: [(tickCount: UInt64, milliseconds: UInt64)]
    private var lastLook: BootTime

    public init(_ counters: [WorkerCounters], now: BootTime) {
        self.counters = counters
        seen = counters.map { ($0.tickCount, 0) }
        lastLook = now
    }

    /// The number of the first thread that is stuck; nil when none is. Call this at least every 2 s.
    public mutating func firstStuck(now: BootTime) -> Int? {
        let step = min(now.millisecondsSince(lastLook), Self.longestStepMilliseconds)
        lastLook = now
        for (index, worker) in counters.enumerated() {
            let tickCount = worker.tickCount
            seen[index] =
                tickCount == seen[index].tickCount ? (tickCount, seen[index].milliseconds + step) : (tickCount, 0)
        }
        return seen.firstIndex { $0.milliseconds > Self.patienceMilliseconds }
    }
}
