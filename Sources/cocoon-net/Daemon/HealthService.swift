import FastDHCP
import Logging
import ServiceLifecycle

/// Tells the operator when the disk or the kernel begins to refuse leases, and when that is over.
struct HealthService: Service {
    let journal: JournalCounters
    let routes: RouteCounters
    let log: Logger

    private static let interval = Duration.seconds(1)

    func run() async throws {
        var isRefused = false
        var toldFailures: UInt64 = 0
        var toldRoutes: UInt64 = 0
        while (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }) != nil {
            let failureCount = journal.failureCount
            // A small batch may find room where a large one did not: what was refused since is told all the same.
            if failureCount > toldFailures, let failure = journal.latestFailure {
                log.error(
                    "the journal cannot be written: no lease is granted until it can; make room, or look at the disk",
                    metadata: ["error": "\(failure)", "batches_refused": "\(failureCount)"])
                isRefused = true
            } else if isRefused && journal.trouble == nil {
                log.notice("the journal is written again", metadata: ["batches_refused": "\(failureCount)"])
                isRefused = false
            }
            toldFailures = failureCount
            let refusedCount = routes.refusedCount
            if refusedCount > toldRoutes, let refusal = routes.latestRefusal {
                log.error(
                    "leases without a route are not granted",
                    metadata: [
                        "attempts": "\(refusedCount - toldRoutes)", "last": "\(refusal.address)",
                        "because": "\(refusal.result.explanation)",
                    ])
            }
            toldRoutes = refusedCount
        }
    }
}
