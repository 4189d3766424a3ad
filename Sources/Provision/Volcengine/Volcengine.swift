import Addresses
import Node

/// The platform volcengine, as the commands see it.
struct Volcengine: Cloud {
    static let platform = Pool.Platform.volcengine
    static let primaryNIC: String? = "eth0"
    static let hasSecondaryNICs = true
    static let claimsAddresses = true
    static let namesResourcesByNode = true

    let environment: CloudEnvironment

    /// Whether this host is an instance of Volcengine.
    func isHere() async throws -> Bool {
        try await VolcengineMetadata(environment, isProbe: true).value("instance-id") != nil
    }

    /// The metadata service needs no keys. Where it does not tell the addresses, the API does.
    func attachedENIs(in subnet: IPv4Network) async throws -> [AttachedENI]? {
        let metadata = try await VolcengineMetadata(environment)
        let attached = try await metadata.attachedENIs()
        guard !attached.contains(where: { $0.addresses.contains(where: subnet.contains) }),
            let access = try await VolcengineAccess.findIfAny(environment, metadata)
        else { return attached }
        let instance = try await VolcengineInstance(metadata)
        let api = try VolcengineAPI(access, region: instance.region, environment)
        return try await api.enis([(name: "InstanceId", value: instance.id)]).compactMap { eni in
            guard eni.type != "primary", let macAddress = eni.macAddress else { return nil }
            return AttachedENI(id: eni.id, macAddress: macAddress, addresses: eni.secondaryAddresses)
        }
    }

    func claim(_ pool: Pool, _ request: PoolRequest, former: Pool?, node: any NodeAccess) async throws -> CloudPlan {
        let poolSize = try request.checkedPoolSize()
        let (api, instance) = try await session()
        let world = try await VolcengineWorld.read(
            api, instance, subnet: pool.subnet, recorded: former?.eniIDs ?? [], securityGroups: request.securityGroups)
        let claim = try VolcengineClaim(
            api, world, pool, poolSize: poolSize, isChosen: request.choice != nil,
            namedNICs: request.secondaryNICs, kept: request.kept, former: former, node: node)
        return try await claim.plan(pool, opensGroups: request.ensuresSecurityGroupRule)
    }

    /// The subnet that this node has already claimed, or the first block that overlaps no subnet of the VPC.
    func freeSubnet(_ choice: SubnetChoice, nodeName: String, former: Pool?) async throws -> IPv4Network {
        if let former, former.subnetID != nil || !former.eniIDs.isEmpty { return former.subnet }
        let (api, instance) = try await session()
        let naming = VolcengineNaming(nodeName: nodeName)
        let subnets = try await api.subnets(ofVPC: instance.vpcID)
        // A subnet that an earlier pool of this node left behind, or whose creation was interrupted.
        if let ours = subnets.first(where: { naming.owns($0) && $0.zone == instance.zone && choice.suits($0.network) })
        {
            return ours.network
        }
        return try choice.firstFree(
            within: try await api.networks(ofVPC: instance.vpcID), besides: subnets.map(\.network),
            preferring: former?.subnet)
    }

    func release(_ pool: Pool, deletesSubnet: Bool) async throws -> CloudPlan {
        guard !pool.eniIDs.isEmpty || !pool.pendingENIs.isEmpty || deletesSubnet else { return CloudPlan(pool: pool) }
        let (api, instance) = try await session()
        return try await VolcengineRelease(api, instance, pool, deletesSubnet: deletesSubnet).plan()
    }

    static func rows(of pool: Pool) -> [(label: String, value: String)] {
        [("ENIs:", String(pool.eniIDs.count)), ("SubnetID:", pool.subnetID ?? "(none)")]
    }

    /// This instance, and the API with its keys.
    func session() async throws -> (VolcengineAPI, VolcengineInstance) {
        let metadata = try await VolcengineMetadata(environment)
        let instance = try await VolcengineInstance(metadata)
        let access = try await VolcengineAccess.find(environment, metadata)
        return (try VolcengineAPI(access, region: instance.region, environment), instance)
    }
}
