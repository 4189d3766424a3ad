import Addresses
import FastDHCP
import LinuxSystem

/// The DHCP server without disk and routes. Compared with the reflector, it shows what leases cost; compared with the
/// daemon, it shows what keeping them costs.
package final class ForgetfulServer: Sendable {
    private let server: Server

    /// Leases addresses of 10.0.0.0/8 on the interface called `name`, in the calling thread's network namespace.
    package init(onInterface name: String, poolSize: Int) throws(StormError) {
        let interface: InterfaceIdentity
        do { interface = try InterfaceIdentity(named: name) } catch { throw .interface(error) }
        do {
            server = try Self.makeServer(poolSize: poolSize)
            try server.serve(on: interface)
        } catch let error as SystemError {
            throw .system(error)
        } catch {
            preconditionFailure("the filter and the options are valid: \(error)")
        }
    }

    package func stop() { server.stop() }

    private static func makeServer(poolSize: Int) throws -> Server {
        let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 8)
        let gateway = IPv4Address(10, 255, 255, 254)
        let options = try ConfiguredOptions([
            (.subnetMask, [255, 0, 0, 0]), (.router, OptionEncoding.addresses([gateway])),
        ])
        let engine = EngineConfiguration(
            serverAddress: gateway, subnet: network, leaseSeconds: 86_400, options: options)
        var generator = SystemRandomNumberGenerator()
        let pool = (1...UInt32(poolSize)).map { IPv4Address(rawValue: network.address.rawValue + $0) }
        return try Server(
            Server.Configuration(engine: engine, hashKey: generator.next()), table: LeaseTable(pool: pool),
            observers: [], journal: NoJournal(), routes: NoRoutes())
    }
}
