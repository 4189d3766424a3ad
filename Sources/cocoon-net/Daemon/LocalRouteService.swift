import Addresses
import FastDHCP
import LinuxSystem
import Logging
import Netlink
import Node
import ServiceLifecycle

/// Keeps the guest agent of gke from taking the VMs' addresses for this host's own: its `local` route to their alias range
/// goes as soon as it appears.
struct LocalRouteService: Service {
    /// The alias range.
    let network: IPv4Network
    let log: Logger

    /// How long one look counts. Somebody who puts the route back at once costs a few looks a second, and no more.
    private static let pause = Duration.milliseconds(100)

    func run() async throws {
        let network = network
        let watcher = try KernelWatcher(name: "local-routes", types: [.newRoute], routeTable: .local, log: log) {
            NodeLocalRoutes.concerns($0, network)
        }
        defer { watcher.stop() }
        // One may have come between the preparation of the node and the watch.
        watcher.look(afterMilliseconds: 0)
        var retry = Retry()
        for await _ in watcher.changes.cancelOnGracefulShutdown() {
            do {
                try remove()
                retry.recordSuccess()
            } catch {
                let advice = retry.recordFailure("\(error)", now: .now())
                if advice.isNews { report(error) }
                watcher.look(afterMilliseconds: advice.delayMilliseconds)
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func remove() throws {
        let routes = try NodeLocalRoutes.read(of: network, on: NodeInterfaces.read())
        guard !routes.isEmpty else { return }
        try routes.remove()
        log.notice(
            "removed a local route to the VMs' addresses: packets to them would have ended on this host",
            metadata: ["routes": "\(routes.lines.joined(separator: ", "))"])
    }

    private func report(_ error: any Error) {
        log.error(
            "cannot remove a local route to the VMs' addresses; packets to them end on this host; trying again",
            metadata: ["error": "\(error)", "remedy": "ip route del local \(network) dev NIC table local"])
    }
}
