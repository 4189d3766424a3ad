import Addresses
import Synchronization
package import Testing

/// What is true of every host whenever nothing happens on it: whatever a test did to it, the leases, the routes, the
/// neighbours and leases.json say the same, the bridge is served, and a VM gets a lease.
///
/// It is checked at the end of every test for each daemon that still runs (`SandboxTrait`).
package struct RestCheck {
    private let host: TestHost
    /// Leases behind a router have no neighbour entry.
    private let mayLackNeighbours: Bool

    private init(_ daemon: Daemon) {
        host = daemon.host
        mayLackNeighbours = !["--relay", "--no-source-mac-check"].allSatisfy {
            !daemon.process.arguments.contains($0)
        }
    }

    /// Records an issue if a daemon that runs is not at rest, and does not come to rest in time.
    package static func run(_ daemon: Daemon, within patience: Duration = .seconds(5)) {
        guard daemon.process.isRunning else { return }
        let check = RestCheck(daemon)
        do {
            var differences: [String] = []
            let isAtRest = try eventually(within: patience) {
                differences = try check.differences()
                return differences.isEmpty
            }
            guard isAtRest else {
                let first = differences.prefix(10).joined(separator: "\n")
                Issue.record("the host is not at rest: \(first)\n\(daemon.process.output)")
                return
            }
            try check.leaseToProbe(within: patience)
        } catch {
            Issue.record("the host is not at rest: \(error)\n\(daemon.process.output)")
        }
    }

    /// Where the four places that know the leases differ, one line each.
    private func differences() throws -> [String] {
        let bindings = try host.bindings()
        let (neighbours, rows, routes) = (host.pinnedNeighbours, try host.leaseRows().owners, host.routedAddresses)
        var differences: [String] = []
        if try host.metrics()["cocoon_net_serving"] != 1 { differences.append("cocoon_net_serving is not 1") }
        for address in Set(bindings.keys).union(neighbours.keys).union(rows.keys).union(routes).sorted() {
            let owner = bindings[address]
            let isPinned = neighbours[address] == owner || mayLackNeighbours && neighbours[address] == nil
            guard rows[address] != owner || !isPinned || routes.contains(address) != (owner != nil) else { continue }
            differences.append(
                "\(address): bound to \(name(owner)), in leases.json to \(name(rows[address])), pinned to "
                    + "\(name(neighbours[address])), \(routes.contains(address) ? "routed" : "not routed")")
        }
        return differences
    }

    private func name(_ client: MACAddress?) -> String { client.map { "\($0)" } ?? "nobody" }

    /// Lets a VM that nobody knows lease an address, if the pool has one. The VM is one more port of the bridge, without a
    /// sandbox of its own, which would take most of the time.
    private func leaseToProbe(within patience: Duration) throws {
        guard try host.metrics()["cocoon_net_dhcp_pool_available"] > 0 else { return }
        let interface = "restprobe"
        try host.sandbox.shell(
            """
            ip link add \(interface) type veth peer name \(interface)-p
            ip link set \(interface)-p master \(host.bridge) up
            ip link set \(interface) up
            """)
        let probe = try ScriptedClient(MACAddress(2, 0xFE, 0, 0, 0, 1), in: host.sandbox, on: interface)
        probe.patience = .milliseconds(500)
        let lease = eventually(within: patience) { try? probe.lease() }
        #expect(lease != nil, "a new VM gets no lease")
    }
}

/// The daemons that a test has started.
final class StartedDaemons: Sendable {
    @TaskLocal static var current: StartedDaemons?

    private let daemons = Mutex<[Daemon]>([])

    func append(_ daemon: Daemon) { daemons.withLock { $0.append(daemon) } }

    func checkAtRest() { for daemon in daemons.withLock({ $0 }) { RestCheck.run(daemon) } }
}

/// The test leaves a daemon behind that is wanted not to be at rest.
package struct UnrestTrait: TestTrait {
    /// What the daemon is left in.
    package let comments: [Comment]
}

extension Trait where Self == UnrestTrait {
    /// The test leaves a daemon behind that is not at rest, for this reason.
    package static func endsInUnrest(_ reason: Comment) -> UnrestTrait { UnrestTrait(comments: [reason]) }
}
