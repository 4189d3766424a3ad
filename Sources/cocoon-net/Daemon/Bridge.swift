import FastDHCP
import Logging
import Node
import Synchronization

/// Sets the bridge up as pool.json says, and keeps other DHCP servers off it by holding UDP port 67.
final class Bridge: Sendable {
    let setup: NodeSetup
    let log: Logger
    private let port = Mutex<ServerPortLock?>(nil)

    var name: String { setup.bridge }

    init(setup: NodeSetup, log: Logger) {
        self.setup = setup
        self.log = log
    }

    /// Sets up the node. Changes only what is not as it should be.
    func prepare() async throws {
        let plan = try setup.plan(for: try await NodeState.read(for: setup))
        for warning in plan.warnings { log.warning("\(warning)") }
        try await plan.apply { step in log.info("\(step.summary)", metadata: ["because": "\(step.reason)"]) }
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
