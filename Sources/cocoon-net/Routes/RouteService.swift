import FastDHCP
import LinuxSystem
import Logging
import Netlink
import RouteSync
import ServiceLifecycle
import Synchronization
import SystemPackage

/// Keeps the kernel's routes equal to the leases, on its own thread.
struct RouteService: Service {
    private let sync: RouteSync<RouteNetlinkSocket>
    private let thread: WorkerThread
    private let log: Logger

    /// Reconciles the kernel's routes with the leases before it returns, and starts the thread that keeps them equal.
    init(_ sync: RouteSync<RouteNetlinkSocket>, counters: RouteCounters, log: Logger) throws {
        self.sync = sync
        self.log = log
        let progress = ProgressLog(log)
        let report: @Sendable (RouteSyncEvent) -> Void = { event in
            if case .progress(let done, let total) = event {
                progress.show(done, of: total)
            } else {
                if case .reconciled(let result, _) = event {
                    counters.countRepairs(result.addedRoutes + result.pinnedNeighbours)
                }
                Self.report(event, log)
            }
        }
        var keeper = try RouteKeeper(sync, reader: RouteNetlinkSocket(), report: report)
        keeper.reconcile()
        // What a start finds missing was never there, or went while nobody kept it.
        counters.forgetRepairs()
        var handedOver: RouteKeeper<RouteNetlinkSocket>? = consume keeper
        thread = try WorkerThread(name: "route-keeper") {
            guard var keeper = handedOver.take() else { return }
            keeper.run()
        }
    }

    func run() async throws {
        try? await gracefulShutdown()
        stop()
    }

    /// Ends the thread. Routes and neighbour entries stay as they are.
    func stop() {
        sync.stop()
        thread.join()
    }

    private static func report(_ event: RouteSyncEvent, _ log: Logger) {
        switch event {
        case .progress: break
        case .reconciled(let report, let rival): Self.report(report, rival, log)
        case .reconciliationFailed(let error):
            log.error("cannot look at the kernel's routes; trying again", metadata: ["error": "\(error)"])
        case .interfaceCameUp: log.notice("the bridge is up; restoring its routes")
        case .interfaceWentDown: log.warning("the bridge went down, and the kernel dropped its routes")
        case .interfaceVanished: log.warning("the bridge and its routes are gone")
        case .leavingAlone(let addresses, let rival, let time):
            log.error(
                "a process breaks routes again and again; not restoring these addresses for a while",
                metadata: [
                    "count": "\(addresses.count)", "first": "\(addresses.first.map { "\($0)" } ?? "none")",
                    "who": "\(rival)", "for": "\(time)", "remedy": "keep it from managing the bridge",
                ])
        case .notificationsLost: log.info("the kernel dropped notifications; checking all routes")
        case .notificationsFailed(let error):
            log.error(
                "removed routes may go unnoticed: the kernel's notifications cannot be received; trying again",
                metadata: ["error": "\(error)"])
        }
    }

    private static func report(_ report: ReconcileReport, _ rival: ConflictingProcess?, _ log: Logger) {
        var metadata: Logger.Metadata = [
            "routes": "\(report.wantedRoutes)", "added": "\(report.addedRoutes)", "adopted": "\(report.adoptedRoutes)",
            "removed": "\(report.removedRoutes)", "pinned": "\(report.pinnedNeighbours)",
        ]
        if let rival { metadata["undone_by"] = "\(rival)" }
        if let failure = report.firstFailure {
            metadata["refused"] = "\(report.failures)"
            metadata["error"] = "\(failure.namedDescription)"
            log.error("the kernel refused route changes; trying again", metadata: metadata)
        } else {
            log.log(level: report.hasFindings ? .notice : .info, "routes are as they should be", metadata: metadata)
        }
        if let foreign = report.foreignExamples.first {
            log.warning(
                "another program has host routes to addresses of the pool; leaving these routes alone",
                metadata: [
                    "count": "\(report.foreignRoutes)", "first": "\(foreign.address)",
                    "protocol": "\(foreign.routeProtocol.rawValue)",
                ])
        }
    }
}

/// Logs the progress of a long reconciliation, a few times a second.
private final class ProgressLog: Sendable {
    private let log: Logger
    private let nextLine = Mutex(ContinuousClock.now + interval)

    private static let interval = Duration.milliseconds(250)

    init(_ log: Logger) { self.log = log }

    func show(_ done: Int, of total: Int) {
        let isTime = nextLine.withLock { nextLine in
            guard .now >= nextLine else { return false }
            nextLine = .now + Self.interval
            return true
        }
        if isTime { log.info("reconciling routes", metadata: ["done": "\(done)", "of": "\(total)"]) }
    }
}
