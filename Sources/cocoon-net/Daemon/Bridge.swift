import FastDHCP
import Logging
import Node
import Synchronization

/// The bridge that VMs are on. Sets it up with the rest of the node, and keeps other DHCP servers off it by holding UDP port 67.
final class Bridge: Sendable {
    let keeper: NodeKeeper
    let log: Logger
    private let port = Mutex<ServerPortLock?>(nil)

    var name: String { keeper.setup.bridge }

    init(setup: NodeSetup, log: Logger) {
        keeper = NodeKeeper(setup, log: log)
        self.log = log
    }

    /// Sets up the node before anything is served.
    func prepare() async throws {
        try await keeper.keepInterfaces()
        try await keeper.keepRules()
        keeper.endSetup()
    }

    /// Whether no interface of that name exists. Also false if the kernel cannot be asked.
    var isMissing: Bool {
        do throws(InterfaceError) {
            _ = try InterfaceIdentity(named: name)
            return false
        } catch {
            return error == .missing(name)
        }
    }

    /// Binds to the bridge as it is now and takes UDP port 67 on it.
    /// - Throws: when the bridge is missing, or another server holds the port. That error names the server.
    func claim() throws -> BoundInterface {
        let interface = try BoundInterface(named: name)
        try port.withLock { port in
            // Release the old lock first: its bridge may be gone, and two locks on one bridge would conflict.
            port = nil
            port = try ServerPortLock(on: interface.identity)
        }
        return interface
    }
}
