import FastDHCP
import LinuxSystem
import Logging
import Node

/// Sends the service manager signs of life as long as every packet thread works and the bridge is served or about to be.
/// Otherwise clients get no answer and only a restart helps, so the signs stop.
struct Watchdog {
    let manager: ServiceManager

    private var workers: WorkerWatch
    private var serving: ServingWatch
    private let status: String
    private let log: Logger
    /// The interval between signs of life. Nil if the manager expects none.
    private let signMilliseconds: UInt64?
    private var nextSign = BootTime(milliseconds: 0)
    private var trouble: Trouble?

    /// Why no sign of life is sent.
    private enum Trouble: Equatable {
        case stuck(worker: Int)
        case neglected
    }

    /// - Parameter status: the status text while all is well.
    init(
        _ manager: ServiceManager, _ counters: [WorkerCounters], _ serving: ServingState, status: String, log: Logger
    ) {
        self.manager = manager
        self.status = status
        self.log = log
        workers = WorkerWatch(counters, now: .now())
        self.serving = ServingWatch(serving, now: .now())
        // Half of the manager's timeout, as sd_watchdog_enabled(3) recommends.
        signMilliseconds = manager.watchdogMicroseconds.map { max($0 / 2000, 2) }
    }

    /// How often to call `look` at least. It is half the interval, because a sign that is not quite due waits for the next
    /// call.
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
                "a packet thread is stuck, so its VMs get no answer; restart the daemon unless the service manager does",
                metadata: ["thread": "dhcp-\(worker)"])
            manager.status("packet thread dhcp-\(worker) is stuck")
        case .neglected:
            log.error(
                "the bridge is not served and no attempt is running; restart the daemon unless the service manager does"
            )
            manager.status("the bridge is not served")
        case nil:
            log.notice("VMs are served again")
            manager.status(status)
        }
    }
}
