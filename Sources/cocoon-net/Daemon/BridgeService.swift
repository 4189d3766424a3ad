import FastDHCP
import LinuxSystem
import Logging
import ServiceLifecycle

/// Serves the bridge again after it was re-created, changed its MAC address or lost its setup. Retries a failed attempt
/// after a delay, without a limit.
struct BridgeService: Service {
    let bridge: Bridge
    let server: Server
    /// Which interface is served. The daemon's start has set it.
    let serving: ServingState
    /// Filters by the bridge's interface index, so it needs an update when the bridge is re-created.
    let metricsGuard: MetricsGuard?

    /// How long to wait before re-creating a missing bridge, so that whoever deleted it can create it again.
    private static let grace = Duration.milliseconds(500)
    /// Longer than any attempt takes, even if every program that it runs has to be killed.
    private static let attemptMilliseconds: UInt64 = 300_000

    private var log: Logger { bridge.log }

    func run() async throws {
        let watcher = try KernelWatcher.bridge(named: bridge.name, served: serving, log: log)
        defer { watcher.stop() }
        // The bridge may have changed before the watch began.
        if serving.interface?.isUnchanged != true { watcher.look(afterMilliseconds: 0) }
        var retry = Retry()
        for await _ in watcher.changes.cancelOnGracefulShutdown() {
            serving.expectAttempt(by: .now() + Self.attemptMilliseconds)
            do {
                let isServedAnew = try await follow()
                if retry.recordSuccess() && !isServedAnew { log.notice("the bridge is set up again") }
            } catch {
                let problem = problem
                let advice = retry.recordFailure("\(problem): \(error)", now: .now())
                if advice.isNews { log.error("\(problem)", metadata: ["error": "\(error)"]) }
                serving.expectAttempt(by: .now() + (advice.delayMilliseconds + Self.attemptMilliseconds))
                watcher.look(afterMilliseconds: advice.delayMilliseconds)
            }
        }
    }

    /// Sets the bridge up, and serves it unless it is already being served.
    /// - Returns: whether serving began anew.
    private func follow() async throws -> Bool {
        if serving.interface != nil && bridge.isMissing {
            serving.end()
            log.warning("the bridge is gone", metadata: ["interface": "\(bridge.name)"])
            try await Task.sleep(for: Self.grace)
        }
        try await bridge.prepare()
        let isServed = serving.interface?.isUnchanged == true
        if !isServed { try serveAnew() }
        try metricsGuard?.drop()
        return !isServed
    }

    private func serveAnew() throws {
        let interface = try bridge.claim()
        try server.serve(on: interface.identity)
        serving.begin(on: interface)
        log.notice(
            "serving again",
            metadata: [
                "interface": "\(interface.identity.name)", "index": "\(interface.identity.index)",
                "mac": "\(interface.identity.address)",
            ])
    }

    /// What a failed attempt means for the VMs.
    private var problem: String {
        serving.isServing
            ? "the bridge is served, but its set-up is incomplete; trying again until it is complete"
            : "cannot serve the bridge, so no VM gets a lease; trying again until it works"
    }
}
