import FastDHCP
import LinuxSystem
import Logging
import ServiceLifecycle

/// Keeps the bridge and what its VMs need of the kernel, and serves the bridge again after it was re-created or changed its
/// MAC address. Retries a failed attempt after a delay, without a limit.
struct BridgeService: Service {
    let bridge: Bridge
    let server: Server
    /// Which interface is served. The daemon's start has set it.
    let serving: ServingState
    /// Learns of the host's own addresses.
    let reloader: Reloader
    /// Filters by the bridge's interface index, so it needs an update when the bridge is re-created.
    let metricsGuard: MetricsGuard?

    /// How long to wait before re-creating a missing bridge, so that whoever deleted it can create it again.
    private static let grace = Duration.milliseconds(500)
    /// The pause between two looks. It limits the work while somebody changes the node without end.
    private static let rest = Duration.milliseconds(50)
    /// Longer than any attempt takes.
    private static let attemptMilliseconds: UInt64 = 300_000

    private var log: Logger { bridge.log }

    func run() async throws {
        let watcher = try KernelWatcher.node(bridge.keeper, served: serving, log: log)
        defer { watcher.stop() }
        var retry = Retry()
        for await _ in watcher.changes.cancelOnGracefulShutdown() {
            serving.expectAttempt(by: .now() + Self.attemptMilliseconds)
            do {
                let (isServedAnew, pause) = try await follow()
                watcher.look(afterMilliseconds: pause)
                if retry.recordSuccess() && !isServedAnew { log.notice("the bridge is set up again") }
            } catch {
                let problem = problem
                let advice = retry.recordFailure("\(problem): \(error)", now: .now())
                if advice.isNews { log.error("\(problem)", metadata: ["error": "\(error)"]) }
                serving.expectAttempt(by: .now() + (advice.delayMilliseconds + Self.attemptMilliseconds))
                watcher.look(afterMilliseconds: advice.delayMilliseconds)
            }
            try? await Task.sleep(for: Self.rest)
        }
    }

    /// Sets the bridge up, and serves it unless it is already being served.
    /// - Returns: whether serving began anew, and after how many milliseconds to look again.
    private func follow() async throws -> (isServedAnew: Bool, pause: UInt64) {
        if serving.interface != nil && bridge.isMissing {
            serving.end()
            log.warning("the bridge is gone", metadata: ["interface": "\(bridge.name)"])
            try await Task.sleep(for: Self.grace)
        }
        let pause = try await bridge.keeper.keepInterfaces()
        reloader.follow(bridge.keeper.interfaces)
        let isServed = serving.interface?.isUnchanged == true
        if !isServed { try serveAnew() }
        try metricsGuard?.drop()
        return (!isServed, pause)
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
