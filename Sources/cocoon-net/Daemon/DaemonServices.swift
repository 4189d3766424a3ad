import FastDHCP
import FoundationEssentials
import ClientSettings
import Logging
import Node
import ServiceLifecycle

/// Creates the services that run beside the packet path while the daemon serves.
struct DaemonServices {
    let pool: Pool
    let settings: PoolSettings
    let host: HostProperties
    let server: Server
    let bridge: Bridge
    let serving: ServingState
    let routes: RouteService
    let journalCounters: JournalCounters
    let routeCounters: RouteCounters
    let export: LeaseExport
    let events: LeaseEvents

    /// The services that the flags and the environment ask for.
    func all(for command: DaemonCommand, in environment: DaemonEnvironment, _ log: Logger) -> [any Service] {
        let manager = environment.serviceManager
        let summary = "serving \(pool.ips.count) addresses on \(bridge.name)"
        let listenerCount = (environment.controlSocket == nil ? 0 : 1) + (environment.metricsAddress == nil ? 0 : 1)
        let listening = ReadinessLatch(listenerCount) { manager.ready(summary) }
        let reloader = Reloader(settings, of: pool, on: host, for: command, server: server, log: log)
        let status = StatusView(
            server: server, interface: bridge.name, journal: journalCounters, export: export, events: events,
            reloader: reloader, startedAt: .now)
        let metrics = environment.metricsAddress.map { address in
            MetricsService(
                address: address,
                page: MetricsPage(status: status, serving: serving, routes: routeCounters, node: bridge.keeper),
                metricsGuard: command.metricsFromVms
                    ? nil
                    : MetricsGuard(
                        port: address.port, bridge: bridge.name, subnet: pool.subnet, gateway: pool.gateway, log: log),
                listening: listening, log: log)
        }
        let watchdog = Watchdog(manager, server.workerCounters, serving, status: summary, log: log)
        let services: [(any Service)?] = [
            routes,
            HealthService(
                journal: journalCounters, stateDirectory: command.stateDir, routes: routeCounters, watchdog: watchdog,
                log: log),
            BridgeService(
                bridge: bridge, server: server, serving: serving, reloader: reloader,
                metricsGuard: metrics?.metricsGuard),
            environment.controlSocket.map { socket in
                ControlService(
                    socket: socket, leases: LeaseEndpoints(server: server, export: export),
                    trace: TraceView(server: server), status: status, events: events, reloader: reloader,
                    listening: listening, log: log)
            },
            HangUpService(reloader: reloader, manager: manager, status: summary),
            bridge.keeper.setup.rules.map { _ in RuleService(keeper: bridge.keeper, log: log) },
            bridge.keeper.setup.aliasNetwork.map { LocalRouteService(network: $0, keeper: bridge.keeper, log: log) },
            metrics,
        ]
        return services.compactMap(\.self)
    }
}
