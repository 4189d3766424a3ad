import Addresses
import FastDHCP
import Logging
import Node
import ServiceLifecycle
import UnixSignals

/// The daemon from its first check to its last line: everything that can refuse to start does so before anything is
/// served.
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
        var pool = try Pool.loadForService(from: command.stateDir)
        if let interface = command.interface, interface != pool.interface {
            // A missing bridge is made again when pool.json names it; another name is more likely a slip.
            _ = try InterfaceIdentity(named: interface)
            pool.interface = interface
        }
        let pidFile = try DaemonPIDFile(claiming: command.pidFile)
        do {
            try await serve(pool)
        } catch {
            pidFile.remove()
            throw error
        }
        pidFile.remove()
    }

    private func serve(_ pool: Pool) async throws {
        let setup = NodeSetup(pool, skipIPTables: command.skipIptables, cniConfDirectory: command.cniConfDir)
        let bridge = Bridge(setup: setup, log: log)
        try await bridge.prepare()
        let interface = try bridge.claim()

        let changed = try WakeUp()
        let leaseFile = LeaseFile(path: command.leaseFile ?? command.stateDir + "/leases.json")
        let server = try Server(
            try configuration(pool), restored: try restoredLeases(leaseFile, pool), changed: changed,
            journal: { NoJournal() }, routes: { NoRoutes() })
        try environment.controlSocket.clear()
        let export = try LeaseExport(file: leaseFile, changed: changed, log: log)
        let exporting = try export.start(server)
        defer {
            server.stop()
            export.stop()
            exporting.join()
        }
        try server.serve(on: interface)
        log.notice(
            "serving",
            metadata: [
                "interface": "\(interface.name)", "address": "\(pool.gateway)", "pool": "\(pool.ips.count)",
                "lease": "\(command.leaseTime)", "workers": "\(command.workers)",
            ])

        var services: [any Service] = [
            BridgeService(bridge: bridge, server: server, interface: interface),
            ControlService(socket: environment.controlSocket, server: server, export: export, log: log),
        ]
        if let address = environment.metricsAddress {
            services.append(MetricsService(address: address, page: MetricsPage(server: server), log: log))
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        group.maximumGracefulShutdownDuration = .milliseconds(800)
        try await ServiceGroup(configuration: group).run()
        log.notice("stopped")
    }

    /// The leases from before; what the pool no longer has is said once.
    private func restoredLeases(_ file: LeaseFile, _ pool: Pool) throws -> [RestoredLease] {
        let leases = try file.load()
        let addresses = Set(pool.ips)
        let foreign = leases.filter { !addresses.contains($0.address) }
        if !foreign.isEmpty {
            log.warning(
                "leases outside the pool are dropped",
                metadata: ["count": "\(foreign.count)", "first": "\(foreign[0].address)", "file": "\(file.path)"])
        }
        return leases.filter { addresses.contains($0.address) }
    }

    private func configuration(_ pool: Pool) throws -> Server.Configuration {
        let options = try GuestOptions(pool).configured
        var engine = EngineConfiguration(
            serverAddress: pool.gateway, subnet: pool.subnet, leaseSeconds: command.leaseTime.seconds,
            options: options)
        engine.relays = command.relay
        engine.checksSourceMAC = !command.noSourceMacCheck
        engine.floodsBroadcasts = command.floodBroadcasts
        var generator = SystemRandomNumberGenerator()
        var configuration = Server.Configuration(engine: engine, pool: pool.ips, hashKey: generator.next())
        configuration.workerCount = command.workers
        configuration.receiveGeometry = try command.ringGeometry
        configuration.transmitGeometry = try command.ringGeometry
        return configuration
    }
}
