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
        var hadTrouble = false
        var toldFailures: UInt64 = 0
        var toldRoutes: UInt64 = 0
        while (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }) != nil {
            let trouble = journal.trouble
            if let trouble, journal.failureCount > toldFailures {
                log.error(
                    "the journal cannot be written: no lease is granted until it can; make room, or look at the disk",
                    metadata: ["error": "\(trouble)", "batches_refused": "\(journal.failureCount)"])
            } else if trouble == nil && hadTrouble {
                log.notice("the journal is written again", metadata: ["batches_refused": "\(journal.failureCount)"])
            }
            toldFailures = journal.failureCount
            hadTrouble = trouble != nil
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
