import Addresses
import Node

/// What the operator asks of `adopt` or `init`, as given on the command line.
package struct PoolRequest: Sendable {
    /// Which of the two commands, `adopt` or `init`. They differ in their defaults, and `init` also claims
    /// addresses from a cloud.
    package enum Command: String, Sendable {
        case adopt
        case `init`

        /// The number of addresses in the pool if the operator does not say.
        package var defaultPoolSize: Int { self == .adopt ? 253 : 140 }
    }

    package var command: Command
    package var nodeName: String
    package var subnet: String
    package var platform: String?
    package var poolSize: Int?
    package var gateway: String?
    package var primaryNIC: String?
    /// The secondary NICs by name; empty if they are to be found by their ENIs' MAC addresses.
    package var secondaryNICs: [String] = []
    package var dns = "8.8.8.8,1.1.1.1"
    package var dropCIDRs: [String] = []
    package var dropsInternalAccess = false
    package var interface = Pool.defaultInterface
    /// Only for `adopt`: `init` always writes its rules.
    package var managesIPTables = false
    /// Only for `adopt`: a file with the exact addresses, one per line.
    package var addressesFile: String?
    /// Only for `init` on volcengine: the security groups of the ENIs, instead of those of the primary ENI.
    package var securityGroups: [String] = []
    /// Only for `init` on volcengine: add the rule that lets all of the VPC in, where it is missing.
    package var ensuresSecurityGroupRule = false
    /// Only for `init` with the subnet `auto`: the network to choose from, and the length of the block's prefix.
    package var supernet: String?
    package var prefixLength: Int?
    /// The daemon's lease file; nil for leases.json in the state directory.
    package var leaseFile: String?
    /// Whether leased addresses may leave the pool.
    package var dropsLeases = false
    /// Which addresses the pool must not lose; known when the earlier pool has been read.
    var kept = AddressesToKeep()
    /// Accept a subnet that overlaps the network of an interface of the host.
    package var allowsOverlap = false
    /// What the subnet was chosen from; nil if the operator named the subnet.
    var choice: SubnetChoice?

    package init(_ command: Command, nodeName: String, subnet: String) {
        self.command = command
        self.nodeName = nodeName
        self.subnet = subnet
    }
}

extension PoolRequest {
    /// The requested pool, on a node with these interfaces.
    /// - Parameters:
    ///   - former: the existing pool. The operator's settings and the cloud's resources are carried over from it.
    ///   - enis: what the cloud says about this instance's ENIs, for `adopt`; nil if it says nothing.
    func pool(
        on interfaces: NodeInterfaces, replacing former: Pool?, carriedBy enis: [AttachedENI]? = nil
    ) throws(BadInput) -> Pool {
        let cloud = try Clouds.named(platform)
        let subnet = try parsedSubnet()
        let gateway = try parsedGateway(in: subnet)
        var pool = Pool(platform: cloud.platform, nodeName: nodeName, subnet: subnet, gateway: gateway, ips: [])
        pool.interface = interface
        pool.nodeNeeds = cloud.nodeNeeds
        pool.primaryNIC = try primaryNIC(on: cloud, among: interfaces)
        let claims = command == .`init` && cloud.claimsAddresses
        if let nic = secondaryNICs.first, !cloud.hasSecondaryNICs {
            throw BadInput(
                "--secondary-nic", nic, "is not for --platform \(cloud.platform.rawValue)", remedy: "leave it out")
        }
        pool.dnsServers = try parsedDNSServers()
        pool.dropInternalAccess = dropsInternalAccess
        pool.dropCIDRs = try parsedDropCIDRs()
        pool.manageIPTables = command == .adopt ? managesIPTables : nil
        if let former {
            pool.eniIDs = former.eniIDs
            pool.subnetID = former.subnetID
            pool.aliasRangeName = former.aliasRangeName
            pool.pendingENIs = former.pendingENIs
            pool.options = former.options
            pool.reservations = former.reservations
            pool.otherMembers = former.otherMembers
        }
        // Before the addresses are listed: a subnet of the wrong size would give a wrong list.
        try validate(pool)
        if claims {
            // Until the cloud has said which addresses this node has, the earlier ones stay.
            pool.ips = former.map { $0.ips + $0.strayIPs }?.filter { pool.problem(withLeasing: $0) == nil } ?? []
            pool.secondaryNICs = (former?.secondaryNICs ?? []).filter { interfaces[$0] != nil }
        } else {
            pool.ips = try addresses(for: pool, carriedBy: enis)
            if cloud.hasSecondaryNICs { try adopt(enis ?? [], among: interfaces, into: &pool) }
        }
        try checkOverlap(of: pool, with: interfaces)
        try validate(pool)
        return pool
    }

    /// Validates the pool. Errors name the command-line option instead of the key in pool.json.
    private func validate(_ pool: Pool) throws(BadInput) {
        let options = [
            "nodeName": "--node-name", "subnet": "--subnet", "gateway": "--gateway", "primaryNIC": "--primary-nic",
            "interface": "--interface", "ips": "--pool-size",
        ]
        do {
            try pool.validate()
        } catch {
            var error = error
            error.field = error.field.map { options[$0] ?? $0 }
            throw error
        }
    }

    func parsedSubnet() throws(BadInput) -> IPv4Network {
        guard let network = MaskedNetwork(subnet) else {
            throw BadInput("--subnet", subnet, "is not a network", remedy: "write it as 172.20.100.0/24")
        }
        return network.network
    }

    private func parsedGateway(in subnet: IPv4Network) throws(BadInput) -> IPv4Address {
        guard let gateway else { return subnet.hosts.first ?? subnet.address }
        guard let address = IPv4Address(gateway) else {
            throw BadInput("--gateway", gateway, "is not an IPv4 address", remedy: "write it as 172.20.100.1")
        }
        return address
    }

    private func parsedDNSServers() throws(BadInput) -> [IPv4Address] {
        var servers: [IPv4Address] = []
        for part in Self.parts(of: dns) {
            guard let server = IPv4Address(part) else {
                throw BadInput(
                    "--dns", part, "is not an IPv4 address", remedy: "write addresses with commas between them")
            }
            servers.append(server)
        }
        guard !servers.isEmpty else {
            throw BadInput("--dns", dns, "names no server", remedy: "name one, or leave it out for 8.8.8.8 and 1.1.1.1")
        }
        return servers
    }

    private func parsedDropCIDRs() throws(BadInput) -> [IPv4Network] {
        var networks: [IPv4Network] = []
        for text in dropCIDRs {
            guard let network = MaskedNetwork(text)?.network else {
                throw BadInput("--drop-cidr", text, "is not an IPv4 network", remedy: "write it as 10.0.0.0/8")
            }
            if !networks.contains(network) { networks.append(network) }
        }
        return networks
    }

    /// The elements of a comma-separated list, without surrounding spaces. Empty elements are dropped.
    private static func parts(of list: String) -> [String] {
        list.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
    }
}
