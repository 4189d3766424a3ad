import FastDHCP
import Logging
import ServiceLifecycle

/// Notices when the bridge vanishes, comes back with another index or changes its address, and serves it again.
struct BridgeService: Service {
    let bridge: Bridge
    let server: Server
    /// What is served at the start.
    let interface: InterfaceIdentity
    /// What must know the bridge by its index.
    let metricsGuard: MetricsGuard?

    /// How long a missing bridge is left to whoever deleted it before it is made again here.
    private static let grace = Duration.milliseconds(500)

    func run() async throws {
        let watcher = try KernelWatcher.link(named: bridge.name)
        defer { watcher.stop() }
        var served: InterfaceIdentity? = interface
        for await _ in watcher.changes.cancelOnGracefulShutdown() {
            served = await follow(from: served)
        }
    }

    /// Serves the bridge as it is now; nil while that is not possible.
    private func follow(from served: InterfaceIdentity?) async -> InterfaceIdentity? {
        do {
            var found = try? InterfaceIdentity(named: bridge.name)
            if found == nil {
                bridge.log.warning("the bridge is gone", metadata: ["interface": "\(bridge.name)"])
                try await Task.sleep(for: Self.grace)
            }
            try await bridge.prepare()
            found = try? InterfaceIdentity(named: bridge.name)
            if let found, found == served { return served }
            let interface = try bridge.claim()
            try server.serve(on: interface)
            metricsGuard?.follow()
            bridge.log.notice(
                "serving again",
                metadata: [
                    "interface": "\(interface.name)", "index": "\(interface.index)", "mac": "\(interface.address)",
                ])
            return interface
        } catch {
            bridge.log.error("cannot serve the bridge; trying again when it changes", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
