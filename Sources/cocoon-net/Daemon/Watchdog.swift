import FastDHCP
import Logging
import Node

/// Tells the service manager that the daemon lives, as long as every packet thread does: one that is stuck leaves its
/// clients without answers, and only a new start helps.
struct Watchdog {
    let manager: ServiceManager

    private var watch: WorkerWatch
    private let status: String
    private let log: Logger
    /// How often the manager is told; nil when it does not ask.
    private let signMilliseconds: UInt64?
    private var nextSign = BootTime(milliseconds: 0)
    private var stuck: Int?

    /// - Parameter status: what the manager is told while all is well.
    init(_ manager: ServiceManager, _ counters: [WorkerCounters], status: String, log: Logger) {
        self.manager = manager
        self.status = status
        self.log = log
        watch = WorkerWatch(counters, now: .now())
        // Half of the time that the manager waits, as sd_watchdog_enabled(3) asks.
        signMilliseconds = manager.watchdogMicroseconds.map { max($0 / 2000, 2) }
    }

    /// How often to `look` at least: a sign that is just not due waits for the next look.
    var intervalMilliseconds: UInt64 { signMilliseconds.map { $0 / 2 } ?? .max }

    mutating func look(now: BootTime) {
        let firstStuck = watch.firstStuck(now: now)
        if firstStuck != stuck { tell(firstStuck) }
        stuck = firstStuck
        guard stuck == nil, let signMilliseconds, now >= nextSign else { return }
        manager.alive()
        nextSign = now + signMilliseconds
    }

    private func tell(_ stuck: Int?) {
        guard let stuck else {
            log.notice("the packet threads are at work again")
            manager.status(status)
            return
        }
        log.error(
            "a packet thread is stuck, and its clients get no answer; restart the daemon, unless its manager does",
            metadata: ["thread": "dhcp-\(stuck)"])
        manager.status("packet thread dhcp-\(stuck) is stuck")
    }
}
