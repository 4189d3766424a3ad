public import LinuxSystem

/// Tells whether the packet threads still look at the clock, as each does every second.
public struct WorkerWatch: Sendable {
    /// How long a thread may be without a tick: three, so that a busy machine's delays do not count.
    static let patienceMilliseconds: UInt64 = 3000
    /// What counts of the time between two looks: while the machine or the process is suspended, nothing ticks.
    static let longestStepMilliseconds: UInt64 = 2000

    private let counters: [WorkerCounters]
    /// What was seen of each thread, and for how long since.
    private var seen: [(tickCount: UInt64, milliseconds: UInt64)]
    private var lastLook: BootTime

    public init(_ counters: [WorkerCounters], now: BootTime) {
        self.counters = counters
        seen = counters.map { ($0.tickCount, 0) }
        lastLook = now
    }

    /// The number of the first thread that is stuck; nil when all are at work. To be asked every 2 s at least.
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
