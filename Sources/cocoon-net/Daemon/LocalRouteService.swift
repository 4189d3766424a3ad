import Addresses
import FastDHCP
import LinuxSystem
import Logging
import Netlink
import Node
import ServiceLifecycle

/// Removes the `local` route to the VMs' alias range whenever GKE's guest agent adds it. With that route the kernel takes
/// the VMs' addresses for addresses of this host.
struct LocalRouteService: Service {
    /// The alias range of the VMs.
    let network: IPv4Network
    let keeper: NodeKeeper
    let log: Logger

    /// The pause between two checks. If somebody keeps putting the route back, it limits the work to a few checks a second.
    private static let pause = Duration.milliseconds(100)

    func run() async throws {
        let network = network
        let watcher = try KernelWatcher(name: "local-routes", types: [.newRoute], routeTable: .local, log: log) {
            NodeLocalRoutes.concerns($0, network)
        }
        defer { watcher.stop() }
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
        keeper.recordRepair(of: .localRoutes)
        log.notice(
            "removed a local route to the VMs' addresses: with it, packets to the VMs would stay on this host",
            metadata: ["routes": "\(routes.lines.joined(separator: ", "))"])
    }

    private func report(_ error: any Error) {
        log.error(
            "cannot remove a local route to the VMs' addresses; packets to the VMs stay on this host; trying again",
            metadata: ["error": "\(error)", "remedy": "ip route del local \(network) dev NIC table local"])
    }
}
