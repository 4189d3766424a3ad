import Addresses
import Node

/// The state of Volcengine that concerns a pool of this node.
struct VolcengineWorld: Sendable {
    var instance: VolcengineInstance
    var limits: VolcengineLimits
    var vpcNetworks: [IPv4Network]
    var subnets: [VolcengineSubnet]
    /// The ENIs of this instance, all ENIs of the VMs' subnet, and those of pool.json wherever they are.
    var enis: [VolcengineENI]
    /// The security groups of the ENIs to make.
    var securityGroupIDs: [String]
    /// The groups of `securityGroupIDs` that do not let all of the VPC in, with the networks that they keep out.
    var closedGroups: [(id: String, network: IPv4Network)]

    static func read(
        _ api: VolcengineAPI, _ instance: VolcengineInstance, subnet: IPv4Network, recorded: [String],
        securityGroups: [String]
    ) async throws -> VolcengineWorld {
        async let limits = api.limits(ofInstanceType: instance.type)
        async let networks = api.networks(ofVPC: instance.vpcID)
        async let subnets = api.subnets(ofVPC: instance.vpcID)
        var enis = try await api.enis([(name: "InstanceId", value: instance.id)])
        if let found = try await subnets.first(where: { $0.network == subnet }) {
            let attached = Set(enis.map(\.id))
            enis += try await api.enis([(name: "SubnetId", value: found.id)]).filter { !attached.contains($0.id) }
        }
        let known = Set(enis.map(\.id))
        enis += try await api.enis(withIDs: recorded.filter { !known.contains($0) })
        var groups = securityGroups
        if groups.isEmpty {
            guard let primary = enis.first(where: { $0.type == "primary" && $0.instanceID == instance.id }),
                !primary.securityGroupIDs.isEmpty
            else {
                throw BadInput(
                    "--security-group", nil, "is missing, and the instance's primary ENI has none to take",
                    remedy: "name one of the VPC")
            }
            groups = primary.securityGroupIDs
        }
        var closed: [(id: String, network: IPv4Network)] = []
        for group in groups {
            for network in try await networks where try await !api.group(group, admitsAllFrom: network) {
                closed.append((group, network))
            }
        }
        return VolcengineWorld(
            instance: instance, limits: try await limits, vpcNetworks: try await networks, subnets: try await subnets,
            enis: enis, securityGroupIDs: groups, closedGroups: closed)
    }
}
