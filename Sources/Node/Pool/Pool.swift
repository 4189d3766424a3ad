package import Addresses
package import FoundationEssentials

/// The content of pool.json: the addresses that this node may lease, and the network that they belong to.
///
/// The properties have the names of the file's keys.
package struct Pool: Equatable, Sendable {
    package var platform: Platform
    package var nodeName: String
    /// The VMs' subnet, /8 to /30.
    package var subnet: IPv4Network
    /// The bridge's address in the subnet: the VMs' router and server identifier.
    package var gateway: IPv4Address
    package var primaryNIC: String?
    package var secondaryNICs: [String] = []
    /// The addresses to lease, without the gateway. Empty until `init` has obtained them.
    package var ips: [IPv4Address]
    /// Addresses in the file's `ips` that lie outside the subnet. The Go program can write such files. They are never
    /// leased, and stay in the file until `init` or `adopt` makes another pool.
    package var strayIPs: [IPv4Address] = []
    package var eniIDs: [String] = []
    package var subnetID: String?
    package var aliasRangeName: String?
    package var dnsServers: [IPv4Address] = []
    package var dropInternalAccess = false
    package var dropCIDRs: [IPv4Network] = []
    /// When the file was written.
    package var updatedAt: Date

    // MARK: - Keys that the Go program does not have

    /// The bridge that the VMs are on.
    package var interface = Pool.defaultInterface
    /// Whether this program writes iptables rules. Nil, as in a file of the Go program, means yes.
    package var manageIPTables: Bool?
    /// The names of ENIs that `init` has begun to create and whose IDs it does not know yet.
    package var pendingENIs: [String] = []
    /// The options that the operator sends to VMs, as they are in the file.
    package var options: JSON?
    /// MAC address → address, as it is in the file.
    package var reservations: JSON?
    /// What the platform requires of the node. `init` and `adopt` write it.
    package var nodeNeeds: Set<NodeNeed>
    /// What `adopt` or `init` created because it was missing, so that `teardown` removes only that.
    package var madeHere: Set<MadeHere> = []
    /// Keys that this program does not know, in the file's order.
    package var otherMembers: [JSON.Member] = []

    package init(
        platform: Platform, nodeName: String, subnet: IPv4Network, gateway: IPv4Address, ips: [IPv4Address],
        updatedAt: Date = .now
    ) {
        self.platform = platform
        nodeNeeds = platform.formerNeeds ?? []
        self.nodeName = nodeName
        self.subnet = subnet
        self.gateway = gateway
        self.ips = ips
        self.updatedAt = updatedAt
    }
}

extension Pool {
    package static let defaultInterface = "cni0"
    /// The directory of pool.json unless the operator names another one.
    package static let defaultStateDirectory = "/var/lib/cocoon/net"
    /// The maximum number of addresses in a pool.
    package static let addressLimit = 1 << 20
    /// The DNS servers that VMs get if the file has no `dnsServers`.
    package static let defaultDNSServers = [IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)]

    /// The name of where the addresses come from. The node does what `nodeNeeds` says, whatever the name is.
    package struct Platform: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) { self.rawValue = rawValue }
    }

    /// Something that a platform may require of the node.
    package enum NodeNeed: String, CaseIterable, Sendable {
        /// The VMs' addresses are an alias range of the primary NIC, so packets to VMs arrive there, and no route may make
        /// the addresses local to this machine. The guest agent of gke creates such routes, and packets to VMs would
        /// then end here.
        case noLocalRoutes
    }

    /// A part of the node that `init` or `adopt` may have created.
    package enum MadeHere: String, CaseIterable, Sendable {
        /// The bridge itself.
        case bridge
        /// The gateway's address on it.
        case gateway
    }
}
