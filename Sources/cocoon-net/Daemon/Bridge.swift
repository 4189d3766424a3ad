import FastDHCP
import Logging
import Node
import Synchronization

/// The bridge as the daemon wants it: set up as pool.json says, with nobody else's DHCP server on it.
final class Bridge: Sendable {
    let setup: NodeSetup
    let log: Logger
    private let port = Mutex<ServerPortLock?>(nil)

    var name: String { setup.bridge }

    init(setup: NodeSetup, log: Logger) {
        self.setup = setup
        self.log = log
    }

    /// Makes the node as it should be; nothing changes where it is so already.
    func prepare() async throws {
        let plan = try setup.plan(for: try await NodeState.read(for: setup))
        for warning in plan.warnings { log.warning("\(warning)") }
        try await plan.apply { step in log.info("\(step.summary)", metadata: ["because": "\(step.reason)"]) }
    }

    /// Whether there is no interface of that name; false also when the kernel cannot be asked.
    var isMissing: Bool {
        do throws(InterfaceError) {
            _ = try InterfaceIdentity(named: name)
            return false
        } catch {
            return error == .missing(name)
        }
    }

    /// Binds to the bridge as it is now, and holds UDP port 67 on it.
    /// - Throws: when it is missing, or another server has the port: an error that names the server.
    func claim() throws -> BoundInterface {
        let interface = try BoundInterface(named: name)
        try port.withLock { port in
            // The one before is bound to a bridge that may be gone; two at once would be in each other's way.
            port = nil
            port = try ServerPortLock(on: interface.identity)
        }
        return interface
    }
}
