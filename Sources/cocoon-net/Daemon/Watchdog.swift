import FastDHCP
import LinuxSystem
import Logging
import Node

/// Tells the service manager that the daemon lives, as long as every packet thread does and the bridge is served or about
/// to be: otherwise clients get no answer, and only a new start helps.
struct Watchdog {
    let manager: ServiceManager

    private var workers: WorkerWatch
    private var serving: ServingWatch
    private let status: String
    private let log: Logger
    /// How often the manager is told; nil when it does not ask.
    private let signMilliseconds: UInt64?
    private var nextSign = BootTime(milliseconds: 0)
    private var trouble: Trouble?

    /// Why the manager is not told.
    private enum Trouble: Equatable {
        case stuck(worker: Int)
        case neglected
    }

    /// - Parameter status: what the manager is told while all is well.
    init(
        _ manager: ServiceManager, _ counters: [WorkerCounters], _ serving: ServingState, status: String, log: Logger
    ) {
        self.manager = manager
        self.status = status
        self.log = log
        workers = WorkerWatch(counters, now: .now())
        self.serving = ServingWatch(serving, now: .now())
        // Half of the time that the manager waits, as sd_watchdog_enabled(3) asks.
        signMilliseconds = manager.watchdogMicroseconds.map { max($0 / 2000, 2) }
    }

    /// How often to `look` at least: a sign that is just not due waits for the next look.
    var intervalMilliseconds: UInt64 { signMilliseconds.map { $0 / 2 } ?? .max }

    mutating func look(now: BootTime) {
        let stuckWorker = workers.firstStuck(now: now)
        let isNeglected = serving.isNeglected(now: now)
        let found: Trouble? = if let stuckWorker { .stuck(worker: stuckWorker) } else { isNeglected ? .neglected : nil }
        if found != trouble { report(found) }
        trouble = found
        guard trouble == nil, let signMilliseconds, now >= nextSign else { return }
        manager.alive()
        nextSign = now + signMilliseconds
    }

    private func report(_ trouble: Trouble?) {
        switch trouble {
        case .stuck(let worker):
            log.error(
                "a packet thread is stuck, and its clients get no answer; restart the daemon, unless its manager does",
                metadata: ["thread": "dhcp-\(worker)"])
            manager.status("packet thread dhcp-\(worker) is stuck")
        case .neglected:
            log.error("the bridge is not served, and nothing tries to; restart the daemon, unless its manager does")
            manager.status("the bridge is not served")
        case nil:
            log.notice("clients are served again")
            manager.status(status)
        }
    }
}
