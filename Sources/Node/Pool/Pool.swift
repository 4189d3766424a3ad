package import Addresses
package import FoundationEssentials

/// What pool.json holds: the addresses that this node may lease, and the network they belong to.
///
/// The properties are named as the file's keys.
package struct Pool: Equatable, Sendable {
    package var platform: Platform
    package var nodeName: String
    /// The VMs' subnet, /8 to /30.
    package var subnet: IPv4Network
    /// The bridge's address in the subnet: the VMs' router and server identifier.
    package var gateway: IPv4Address
    package var primaryNIC: String?
    package var secondaryNICs: [String] = []
    /// The addresses to lease, without the gateway. Empty while `init` has not got them yet.
    package var ips: [IPv4Address]
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
    /// The names of ENIs that `init` has begun to make, and whose ids it does not know yet.
    package var pendingENIs: [String] = []
    /// What the operator sends to VMs, as it stands in the file.
    package var options: JSON?
    /// MAC address → address, as it stands in the file.
    package var reservations: JSON?
    /// What the platform asks of the node; `init` and `adopt` write it down.
    package var nodeNeeds: Set<NodeNeed>
    /// What `adopt` or `init` did not find and made, so that `teardown` removes that and nothing else.
    package var madeHere: Set<MadeHere> = []
    /// Keys that are none of ours, in the file's order.
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
    /// Where pool.json lies unless the operator says otherwise.
    package static let defaultStateDirectory = "/var/lib/cocoon/net"
    /// The most addresses that one pool may have.
    package static let addressLimit = 1 << 20
    /// What VMs get where the file has no `dnsServers`.
    package static let defaultDNSServers = [IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)]

    /// Where the addresses come from: a name. The node does what `nodeNeeds` says, whatever the name is.
    package struct Platform: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) { self.rawValue = rawValue }
    }

    /// Something that a platform may ask of the node.
    package enum NodeNeed: String, CaseIterable, Sendable {
        /// That no route makes the VMs' addresses this machine's own: the guest agent of gke makes such routes for alias
        /// ranges, so that packets to VMs would end here.
        case noLocalRoutes
    }

    /// A part of the node that may have been there before us, or not.
    package enum MadeHere: String, CaseIterable, Sendable {
        /// The bridge itself.
        case bridge
        /// The gateway's address on it.
        case gateway
    }
}
