import Addresses
import FastDHCP
import Logging
import Node
import ServiceLifecycle
import UnixSignals

/// The daemon from its first check to its last line: everything that can refuse to start does so before anything is served.
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
        if let interface = command.interface { pool.interface = interface }
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

        let server = try Server(try configuration(pool))
        try server.serve(on: interface)
        log.notice(
            "serving",
            metadata: [
                "interface": "\(interface.name)", "address": "\(pool.gateway)", "pool": "\(pool.ips.count)",
                "lease": "\(command.leaseTime)", "workers": "\(command.workers)",
            ])

        var services: [any Service] = [BridgeService(bridge: bridge, server: server, interface: interface)]
        if let address = environment.metricsAddress {
            services.append(MetricsService(address: address, page: MetricsPage(server: server), log: log))
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        group.maximumGracefulShutdownDuration = .milliseconds(800)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch {
            server.stop()
            throw error
        }
        server.stop()
        log.notice("stopped")
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
