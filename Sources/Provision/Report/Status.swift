import Addresses
import FoundationEssentials
import LinuxSystem
import Netlink
package import Node

/// What `status` prints: the pool and its current state.
package struct Status: Sendable {
    package let pool: Pool
    /// The facts in the order of the output: label and text for people, key and value for programs.
    package let facts: [(label: String, text: String, key: String, value: JSON)]

    /// Reads the pool and the node. Changes nothing, and calls no cloud.
    package static func read(on site: ProvisionSite) throws -> Status {
        let pool = try Pool.load(from: site.paths.stateDirectory)
        let interfaces = try site.node.interfaces()
        let daemon = DaemonPIDFile.runningDaemon(at: site.paths.pidFile)
        var facts = [
            (
                label: "Daemon:", text: daemon.map { "running (process \($0))" } ?? "not running", key: "daemon",
                value: daemon.map { JSON.number("\($0)") } ?? .null
            )
        ]
        if let leaseCount = leaseCount(in: site.paths.stateDirectory) {
            facts.append(("Leases:", "\(leaseCount) of \(pool.ips.count)", "leases", .number("\(leaseCount)")))
        }
        if let bridge = interfaces[pool.interface] {
            let count = try routeCount(on: bridge.index, in: pool.subnet)
            facts.append(("Routes:", "\(count) on \(pool.interface)", "routes", .number("\(count)")))
        } else {
            facts.append(("Routes:", "there is no \(pool.interface)", "routes", .null))
        }
        let nics = [pool.primaryNIC].compactMap { $0 } + pool.secondaryNICs
        let states = nics.map { (name: $0, state: interfaces[$0].map { $0.isUp ? "up" : "down" } ?? "missing") }
        facts.append(
            (
                "NICs:", states.isEmpty ? "(none)" : states.map { "\($0.name) \($0.state)" }.joined(separator: ", "),
                "nics", .object(states.map { JSON.Member($0.name, .string($0.state)) })
            ))
        return Status(pool: pool, facts: facts)
    }

    /// A line for each fact.
    package var text: String {
        Self.text(of: pool) + Self.table(facts.map { ($0.label, $0.text) })
    }

    /// The pool as in its file, and the facts beside it.
    package var json: JSON {
        .object([
            JSON.Member("pool", pool.json),
            JSON.Member("now", .object(facts.map { JSON.Member($0.key, $0.value) })),
        ])
    }

    /// A line for each fact of the pool, with the labels that the Go program prints.
    package static func text(of pool: Pool) -> String {
        var rows: [(label: String, value: String)] = [
            ("Platform:", pool.platform.rawValue),
            ("Node:", pool.nodeName),
            ("Subnet:", pool.subnet.description),
            ("Gateway:", pool.gateway.description),
            ("IPs:", String(pool.ips.count)),
            ("Updated:", pool.updatedAt.formatted(.iso8601)),
        ]
        rows += Clouds.all.first { $0.platform == pool.platform }?.rows(of: pool) ?? []
        return table(rows)
    }

    private static func table(_ rows: [(label: String, value: String)]) -> String {
        rows.map { $0.label + String(repeating: " ", count: 12 - $0.label.count) + $0.value + "\n" }.joined()
    }

    /// The number of rows in leases.json; nil if the file is missing or is not a lease file.
    private static func leaseCount(in stateDirectory: String) -> Int? {
        guard let bytes = try? Files.read(stateDirectory + "/leases.json", limit: 64 << 20) else { return nil }
        switch try? JSON(parsing: bytes) {
        case .array(let leases): return leases.count
        case .null: return 0
        default: return nil
        }
    }

    /// The number of leases that have a route.
    private static func routeCount(on bridgeIndex: UInt32, in subnet: IPv4Network) throws -> Int {
        var routes = try Routes()
        return try routes.list(RouteFilter(interfaceIndex: bridgeIndex, routeProtocol: .dhcp)).count {
            $0.destination.prefixLength == 32 && subnet.contains($0.destination.address)
        }
    }
}
