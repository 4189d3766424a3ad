import Addresses
import FoundationEssentials
package import Node

/// What `status` says of a pool.
package enum Status {
    /// A line for each fact, with the names before the values as the Go program has them.
    package static func text(of pool: Pool) -> String {
        var rows = [
            ("Platform:", pool.platform.rawValue),
            ("Node:", pool.nodeName),
            ("Subnet:", pool.subnet.description),
            ("Gateway:", pool.gateway.description),
            ("IPs:", String(pool.ips.count)),
            ("Updated:", pool.updatedAt.formatted(.iso8601)),
        ]
        switch pool.platform {
        case .volcengine:
            rows.append(("ENIs:", String(pool.eniIDs.count)))
            rows.append(("SubnetID:", pool.subnetID ?? "(none)"))
        case .gke:
            rows.append(("Aliases:", pool.aliasRangeName.map { "\(pool.subnet) of \($0)" } ?? "(none)"))
        case .none:
            break
        }
        return rows.map { label, value in
            label + String(repeating: " ", count: 12 - label.count) + value + "\n"
        }.joined()
    }
}
