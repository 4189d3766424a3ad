import Addresses
import ClientSettings
import FastDHCP
import LeaseText
import LinuxSystem
import Logging
import Netlink
import Node
import RouteSync
import ServiceLifecycle
import UnixSignals

/// Runs the daemon from its first check to its exit. Every check that can keep it from starting comes before it serves the
/// first packet.
struct Daemon {
    private let command: DaemonCommand
    private let environment: DaemonEnvironment
    private let log: Logger

    init(_ command: DaemonCommand) throws {
        self.command = command
        environment = try DaemonEnvironment(command)
        log = environment.makeLogger()
    }

    func run() async throws {
        Heap.keepSmall()
        if let problem = environment.metricsProblem { log.error("no metrics: \(problem)") }
        try await DescriptorBudget.secure(workers: command.workers)
        let pidFile = try DaemonPIDFile(claiming: command.pidFile)
        do {
            // Only now: a teardown in this place would remove the pool that was read before.
            try await serve(try pool())
        } catch {
            pidFile.remove()
            throw error
        }
        pidFile.remove()
    }

    private func pool() throws -> Pool {
        var pool = try Pool.loadForService(from: command.stateDir)
        if let interface = command.interface, interface != pool.interface {
            // A missing bridge is created only if it is pool.json's (cni0 by default). A missing
            // --interface is more likely a typo.
            do { _ = try InterfaceIdentity(named: interface) } catch { throw OperatorError("--interface: \(error)") }
            pool.interface = interface
        }
        return pool
    }

    private func serve(_ pool: Pool) async throws {
        let settings = try PoolSettings(pool, stateDirectory: command.stateDir)
        let host = HostProperties(try NodeInterfaces.read(), pool)
        let policy = try settings.policy(
            generation: 1, leaseTime: command.leaseTime?.seconds, setAside: Set(host.ownAddresses.keys), mtu: host.mtu)
        for warning in [pool.warning].compactMap({ $0 }) + settings.warnings(of: policy) { log.warning("\(warning)") }
        let configuration = try configuration(pool, policy)
        let table = LeaseTable(pool: pool.ips)
        let journalCounters = JournalCounters()
        let leaseFile = LeaseFile(path: command.leaseFile ?? command.stateDir + "/leases.json")
        let recovery = LeaseRecovery(
            stateDirectory: command.stateDir, leaseFile: leaseFile, leaseSeconds: policy.times.leaseSeconds, log: log)
        let restored = try recovery.restore(
            table, pool, counters: journalCounters, worker: configuration.worker)

        let setup = NodeSetup(pool, skipIPTables: command.skipIptables, cniConfDirectory: command.cniConfDir)
        let bridge = Bridge(setup: setup, log: log)
        try await bridge.prepare()
        let interface = try bridge.claim()

        let sync = try RouteSync(
            interfaceName: bridge.name, pool: RoutePool(pool.ips), kernel: RouteNetlinkSocket())
        expect(restored.leases, in: sync)
        remove(restored.outside, from: sync)
        let (changed, happened) = (try WakeUp(), try WakeUp())
        let routeCounters = RouteCounters()
        let server = try Server(
            configuration, table: table, observers: [changed, happened], journal: restored.journal,
            routes: LeaseRoutes(sync, counters: routeCounters))
        try environment.controlSocket?.clear()
        let export = try LeaseExport(file: leaseFile, changed: changed, log: log)
        let events = LeaseEvents(happened: happened, log: LeaseLog(log))
        let eventThread = try events.start(server)
        defer {
            server.stop()
            events.stop()
            eventThread.join()
            let failureCount = sync.leave()
            if failureCount > 0 {
                log.warning("could not unpin neighbour entries", metadata: ["count": "\(failureCount)"])
            }
        }
        try server.serve(on: interface.identity)
        let serving = ServingState()
        serving.begin(on: interface)
        // The first export writes the whole table, so it starts after the sockets are open.
        let exporting = try export.start(server)
        defer {
            server.stopServing()
            export.stop()
            exporting.join()
        }
        let routes = try RouteService(sync, counters: routeCounters, log: log)
        log.notice(
            "serving",
            metadata: [
                "interface": "\(bridge.name)", "address": "\(pool.gateway)", "pool": "\(pool.ips.count)",
                "lease": "\(LeaseTime(seconds: policy.times.leaseSeconds))", "workers": "\(command.workers)",
            ])
        let services = DaemonServices(
            pool: pool, settings: settings, host: host, server: server, bridge: bridge, serving: serving,
            routes: routes,
            journalCounters: journalCounters, routeCounters: routeCounters, export: export, events: events)
        var group = ServiceGroupConfiguration(
            services: services.all(for: command, in: environment, log), gracefulShutdownSignals: [.sigterm, .sigint],
            logger: log)
        group.maximumGracefulShutdownDuration = .milliseconds(800)
        try await ServiceGroup(configuration: group).run()
        log.notice("stopped")
    }

    /// Marks the routes of the restored leases as wanted. This must happen before the first reconciliation.
    private func expect(_ leases: [RestoredLease], in sync: RouteSync<RouteNetlinkSocket>) {
        for lease in leases where lease.state == .bound {
            _ = sync.expect(lease.address, lease.client, withNeighbour: !lease.isRelayed)
        }
    }

    /// Removes the routes of leases whose addresses are no longer in the pool.
    private func remove(_ leases: [JournalRecord], from sync: RouteSync<RouteNetlinkSocket>) {
        let changes = leases.map { RouteChange(.remove, $0.address, $0.client) }
        var results = [RouteResult](repeating: .applied, count: changes.count)
        var span = results.mutableSpan
        sync.apply(changes.span, &span)
    }

    private func configuration(_ pool: Pool, _ policy: ClientPolicy) throws -> Server.Configuration {
        var engine = EngineConfiguration(serverAddress: pool.gateway, subnet: pool.subnet, policy: policy)
        engine.relays = command.relay
        engine.checksSourceMAC = !command.noSourceMacCheck
        engine.floodsBroadcasts = command.floodBroadcasts
        var generator = SystemRandomNumberGenerator()
        var configuration = Server.Configuration(engine: engine, hashKey: generator.next())
        configuration.workerCount = command.workers
        configuration.receiveGeometry = try command.ringGeometry
        configuration.transmitGeometry = try command.ringGeometry
        return configuration
    }
}
