import Addresses
import Node

extension Volcengine {
    func examine(_ pool: Pool, _ findings: inout [Finding]) async throws {
        let (api, instance) = try await session()
        findings.append(await environment.clock(of: api.server))
        let world = try await VolcengineWorld.read(
            api, instance, subnet: pool.subnet, recorded: pool.eniIDs, securityGroups: [])
        let attached = world.enis.filter { $0.instanceID == instance.id && $0.isInUse }
        let assigned = Set(attached.flatMap(\.secondaryAddresses))
        let lost = pool.ips.filter { !assigned.contains($0) }
        let loose = pool.eniIDs.filter { id in !attached.contains { $0.id == id } }
        let naming = VolcengineNaming(nodeName: pool.nodeName)
        let orphans = world.enis.filter {
            $0.isAvailable && ($0.subnetID == pool.subnetID || naming.owns($0)) && !pool.eniIDs.contains($0.id)
        }
        let groups = try await closedGroups(of: attached, api, world)
        findings += [
            .unless(
                lost.isEmpty ? [] : ["\(lost.count) are assigned to no ENI of this instance, such as \(lost[0])"],
                CloudDoctor.check,
                remedy: "run \"cocoon-net init\" again, or adopt with --addresses-file"),
            .unless(
                loose.map { "\($0) is not" }, "each ENI of pool.json is attached",
                remedy: "run \"cocoon-net init\" again: it attaches them"),
            .unless(
                groups, "the security groups let the VPC's own packets in",
                remedy: "add an ingress rule for all protocols, or run init with --ensure-security-group-rule"),
            .unless(
                orphans.map { "\($0.id) holds \($0.secondaryAddresses.count + 1) addresses" },
                "no unused ENI holds addresses of the subnet",
                remedy: "delete the detached ENIs of the subnet that are not needed"),
        ]
    }

    /// What the groups of the existing ENIs keep out. A new ENI might get other groups.
    private func closedGroups(
        of enis: [VolcengineENI], _ api: VolcengineAPI, _ world: VolcengineWorld
    ) async throws -> [String] {
        var problems: [String] = []
        let ids = Set(enis.filter { $0.type != "primary" }.flatMap(\.securityGroupIDs))
        for id in ids.sorted() {
            for network in world.vpcNetworks where try await !api.group(id, admitsAllFrom: network) {
                problems.append(
                    "\(id) keeps out \(network), or a part of it: packets from other hosts are dropped silently")
            }
        }
        return problems
    }
}
