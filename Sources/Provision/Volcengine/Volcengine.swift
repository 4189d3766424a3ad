import Node

/// The platform volcengine, as the commands see it.
struct Volcengine: Sendable {
    let environment: CloudEnvironment

    /// Whether this is an instance there.
    func isHere() async -> Bool {
        guard let metadata = try? await VolcengineMetadata(environment, isProbe: true) else { return false }
        return (try? await metadata.value("instance-id")) != nil
    }

    func claim(
        _ pool: Pool, poolSize: Int, former: Pool?, securityGroups: [String], opensGroups: Bool, node: any NodeAccess
    ) async throws -> CloudPlan {
        let (api, instance) = try await session()
        let world = try await VolcengineWorld.read(
            api, instance, subnet: pool.subnet, recorded: former?.eniIDs ?? [], securityGroups: securityGroups)
        let claim = try VolcengineClaim(api, world, pool, poolSize: poolSize, former: former, node: node)
        return try await claim.plan(pool, opensGroups: opensGroups)
    }

    func release(_ pool: Pool, deletesSubnet: Bool) async throws -> [CloudStep] {
        let (api, instance) = try await session()
        return try await VolcengineRelease(api, instance, pool, deletesSubnet: deletesSubnet).steps()
    }

    /// Who we are, and the API with our keys.
    func session() async throws -> (VolcengineAPI, VolcengineInstance) {
        let metadata = try await VolcengineMetadata(environment)
        let instance = try await VolcengineInstance(metadata)
        let access = try await VolcengineAccess.find(environment, metadata)
        return (try VolcengineAPI(access, region: instance.region, environment), instance)
    }
}
