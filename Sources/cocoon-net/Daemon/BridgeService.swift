import FastDHCP
import LinuxSystem
import Logging
import ServiceLifecycle

/// Serves the bridge again whenever it was re-created, took another address or lost its set-up. What fails is tried again
/// by the clock, for ever.
struct BridgeService: Service {
    let bridge: Bridge
    let server: Server
    /// What is served; the start has set it.
    let serving: ServingState
    /// What must know the bridge by its index.
    let metricsGuard: MetricsGuard?

    /// How long a missing bridge is left to whoever deleted it before it is made again here.
    private static let grace = Duration.milliseconds(500)
    /// More than an attempt takes when every program that it runs has to be stopped.
    private static let attemptMilliseconds: UInt64 = 300_000

    private var log: Logger { bridge.log }

    func run() async throws {
        let watcher = try KernelWatcher.bridge(named: bridge.name, served: serving, log: log)
        defer { watcher.stop() }
        // The bridge may have changed before it was watched.
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

    /// Sets the bridge up, and serves it unless it is served already.
    /// - Returns: whether it was not.
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

    /// What a failed attempt means for clients.
    private var problem: String {
        serving.isServing
            ? "the bridge is served, but its set-up is incomplete; trying again until it is complete"
            : "cannot serve the bridge, and no VM gets a lease; trying again until it works"
    }
}
