import FastDHCP
import LinuxSystem
import Logging
import Node
import ServiceLifecycle

/// Logs when the disk or the kernel begins to refuse leases, and when that ends. Also sends the service manager the
/// daemon's signs of life.
struct HealthService: Service {
    let journal: JournalCounters
    let stateDirectory: String
    let routes: RouteCounters
    let watchdog: Watchdog
    let log: Logger

    private static let intervalMilliseconds: UInt64 = 2000

    /// What was logged already.
    private struct Reported {
        var failureCount: UInt64 = 0
        var isJournalRefused = false
        var obstacle: JournalObstacle?
        var removalCount: UInt64 = 0
        var refusedRouteCount: UInt64 = 0
    }

    func run() async throws {
        let stopping = try WakeUp()
        stopping.prepareToSleep()
        // A thread and not a task: each sleep of a task wakes three threads of an idle daemon.
        let thread = try WorkerThread(name: "health") { watch(until: stopping) }
        try? await gracefulShutdown()
        watchdog.manager.stopping()
        stopping.signal()
        thread.join()
    }

    private func watch(until stopping: WakeUp) {
        var reported = Reported()
        var watchdog = watchdog
        let interval = Int32(min(Self.intervalMilliseconds, watchdog.intervalMilliseconds))
        var polled = PollSet([stopping.fileDescriptor])
        while !polled.isReadable(0) {
            // The descriptor is valid, so this fails only when the kernel lacks memory. Then the loop tries again.
            _ = try? polled.wait(timeoutMilliseconds: interval)
            if !polled.isReadable(0) { watchdog.look(now: .now()) }
            lookForFile(of: journal, &reported)
            look(at: journal, &reported)
            look(at: routes, &reported)
        }
    }

    /// Logs once when somebody removed or replaced the journal, and once when it is back.
    private func lookForFile(of journal: JournalCounters, _ reported: inout Reported) {
        let path: Logger.Metadata = ["directory": "\(stateDirectory)"]
        if journal.removalCount > reported.removalCount {
            reported.removalCount = journal.removalCount
            log.error(
                "somebody removed or replaced leases.journal; writing it again with every lease", metadata: path)
        }
        let obstacle = journal.obstacle
        guard obstacle != reported.obstacle else { return }
        reported.obstacle = obstacle
        switch obstacle {
        case .missingDirectory:
            log.error(
                """
                the state directory is gone, or another file system is mounted over it: no lease is granted until it is \
                back; mount it again, or restart the daemon to continue with the leases now at that path
                """, metadata: path)
        case .otherProcess:
            log.error(
                "another process replaced leases.journal with its own: no lease is granted; stop that process",
                metadata: path)
        case nil:
            log.notice("the journal is back", metadata: path)
        }
    }

    private func look(at journal: JournalCounters, _ reported: inout Reported) {
        let failureCount = journal.failureCount
        if reported.obstacle != nil {
            reported.failureCount = failureCount
            return
        }
        // Report new failures even if the journal is writable again: a small batch may fit where a large one did not.
        if failureCount > reported.failureCount, let failure = journal.latestFailure {
            log.error(
                "the journal cannot be written: no lease is granted until it can be; free space, or check the disk",
                metadata: ["error": "\(failure)", "batches_refused": "\(failureCount)"])
            reported.isJournalRefused = true
        } else if reported.isJournalRefused && journal.trouble == nil {
            log.notice("the journal is written again", metadata: ["batches_refused": "\(failureCount)"])
            reported.isJournalRefused = false
        }
        reported.failureCount = failureCount
    }

    private func look(at routes: RouteCounters, _ reported: inout Reported) {
        let refusedCount = routes.refusedCount
        if refusedCount > reported.refusedRouteCount, let refusal = routes.latestRefusal {
            log.error(
                "could not change the routes of leases; a lease without a route is not granted",
                metadata: [
                    "attempts": "\(refusedCount - reported.refusedRouteCount)", "last": "\(refusal.address)",
                    "because": "\(refusal.result.explanation)",
                ])
        }
        reported.refusedRouteCount = refusedCount
    }
}
