import Addresses
import Node

/// Brings a node under management: `adopt`, which asks no cloud for anything, and `init`, which claims the addresses first.
package enum Adoption {
    /// What there is to do. Looks at the cloud, the node and its files, and changes nothing.
    package static func plan(_ request: PoolRequest, on site: ProvisionSite) async throws -> ProvisionPlan {
        var request = request
        if request.platform == nil {
            request.platform = try await PlatformDetection.platform(site.environment).rawValue
        }
        guard let choice = try SubnetChoice(request) else { return try await planWithSubnet(request, on: site) }
        return try await choose(choice, request, on: site)
    }

    /// Chooses a subnet and plans for it. A block that turns out to be taken, now or when the cloud is asked for it, makes
    /// room for the next; by then nothing was made for it, and pool.json names it until then.
    private static func choose(
        _ choice: SubnetChoice, _ request: PoolRequest, on site: ProvisionSite
    ) async throws -> ProvisionPlan {
        var choice = choice
        while true {
            let former = try Pool.loadIfPresent(from: site.paths.stateDirectory)
            let network = try await freeSubnet(choice, request, former, site)
            guard choice.suits(network), !choice.refused.contains(network) else {
                throw stillClaimed("subnet", "\(network)", site.paths)
            }
            var chosen = request
            chosen.subnet = "\(network)"
            chosen.choice = choice
            choice.refused.append(network)
            let next = choice
            do {
                var plan = try await planWithSubnet(chosen, on: site)
                plan.alternative = { try await choose(next, request, on: site) }
                return plan
            } catch is SubnetTaken {}
        }
    }

    /// The block that this node has already, or the first that nobody has.
    private static func freeSubnet(
        _ choice: SubnetChoice, _ request: PoolRequest, _ former: Pool?, _ site: ProvisionSite
    ) async throws -> IPv4Network {
        let former = former.flatMap { $0.platform.rawValue == request.platform ? $0 : nil }
        return try await Clouds.named(request.platform).init(environment: site.environment)
            .freeSubnet(choice, nodeName: request.nodeName, former: former)
    }

    /// The plan for a subnet that is known.
    private static func planWithSubnet(_ request: PoolRequest, on site: ProvisionSite) async throws -> ProvisionPlan {
        let former = try Pool.loadIfPresent(from: site.paths.stateDirectory)
        let interfaces = try site.node.interfaces()
        var pool = try request.pool(on: interfaces, replacing: former)
        try check(former, against: pool, choosesSubnet: request.choice != nil, site.paths)

        let formerSetup = former.map { NodeSetup($0, cniConfDirectory: site.paths.cniConfDirectory) }
        let asked = NodeSetup(pool, cniConfDirectory: site.paths.cniConfDirectory)
        pool.madeHere = asked.madeHere(given: interfaces, replacing: formerSetup)
        let setup = NodeSetup(pool, cniConfDirectory: site.paths.cniConfDirectory)
        let state = try await site.node.state(for: setup)
        let takeBack = setup.plan(replacing: formerSetup, in: state)
        let nodePlan = try setup.plan(for: state)
        let cloudPlan = try await cloudPlan(request, pool, former: former, site)

        // Whatever is on the node or in a cloud is named in the file at any moment, and can be taken back by it.
        let reason = former == nil ? "there is none yet" : "it takes the place of the one that is there"
        let saved = cloudPlan?.pool ?? pool
        let save = ProvisionStep.savePool(saved, stateDirectory: site.paths.stateDirectory, because: reason)
        var plan = ProvisionPlan(
            steps: takeBack.steps.map { .node($0) } + [save],
            warnings: try warnings(request, pool, replacing: former) + takeBack.warnings + nodePlan.warnings,
            outlook: outlook(site.paths), node: site.node)
        let nodeSteps = nodePlan.steps.map { ProvisionStep.node($0) }
        guard let cloudPlan else {
            plan.steps += nodeSteps
            return plan
        }
        let book = PoolBook(saved, stateDirectory: site.paths.stateDirectory)
        plan.book = book
        plan.warnings += cloudPlan.warnings
        plan.steps += cloudPlan.steps.map { .cloud($0) }
        plan.forecast = nodeSteps
        // Which NICs there are shows only when the cloud has attached them.
        plan.followUp = {
            let setup = NodeSetup(await book.pool, cniConfDirectory: site.paths.cniConfDirectory)
            return try setup.plan(for: try await site.node.state(for: setup)).steps.map { .node($0) }
        }
        return plan
    }

    /// What is to be claimed from the cloud; nil where none is asked.
    private static func cloudPlan(
        _ request: PoolRequest, _ pool: Pool, former: Pool?, _ site: ProvisionSite
    ) async throws -> CloudPlan? {
        guard request.command == .`init` else { return nil }
        let cloud = try Clouds.named(request.platform)
        guard cloud.claimsAddresses else { return nil }
        return try await cloud.init(environment: site.environment)
            .claim(pool, request, former: former, node: site.node)
    }

    /// A cloud's resources are not forgotten by naming another platform, subnet or node.
    /// - Parameter choosesSubnet: whether the subnet was chosen, with an eye on what is claimed for the earlier one.
    private static func check(
        _ former: Pool?, against pool: Pool, choosesSubnet: Bool, _ paths: ProvisionPaths
    ) throws {
        guard let former, former.hasCloudResources else { return }
        let namesResourcesByNode = try Clouds.of(former, at: Pool.path(in: paths.stateDirectory)).namesResourcesByNode
        let change: (field: String, value: String)? =
            if former.platform != pool.platform {
                ("platform", former.platform.rawValue)
            } else if former.subnet != pool.subnet && !choosesSubnet {
                ("subnet", "\(former.subnet)")
            } else if namesResourcesByNode && former.nodeName != pool.nodeName {
                ("nodeName", former.nodeName)
            } else {
                nil
            }
        guard let change else { return }
        throw stillClaimed(change.field, change.value, paths)
    }

    private static func stillClaimed(_ field: String, _ value: String, _ paths: ProvisionPaths) -> BadInput {
        BadInput(
            file: Pool.path(in: paths.stateDirectory), field, value, "has resources recorded that are still claimed",
            remedy: "run \"cocoon-net teardown\" first")
    }

    private static func warnings(
        _ request: PoolRequest, _ pool: Pool, replacing former: Pool?
    ) throws(BadInput) -> [String] {
        let cloud = try Clouds.named(request.platform)
        var warnings: [String] = []
        if request.command == .adopt { warnings += cloud.warnings(adopting: pool, request) }
        let drops = pool.dropInternalAccess || !pool.dropCIDRs.isEmpty
        if drops && pool.manageIPTables == false {
            warnings.append(
                "nothing is dropped yet: adopt keeps the host's iptables as they are, unless --manage-iptables is given"
            )
        }
        if let former, former.manageIPTables != false, pool.manageIPTables == false {
            warnings.append(
                "the iptables rules of the earlier pool stay, and nobody looks after them, unless --manage-iptables is given"
            )
        }
        return warnings
    }

    private static func outlook(_ paths: ProvisionPaths) -> [String] {
        if let pid = DaemonPIDFile.runningDaemon(at: paths.pidFile) {
            return ["The daemon (process \(pid)) still serves what it read at its start: restart it."]
        }
        return ["Start the DHCP server with \"cocoon-net daemon\"."]
    }
}

extension Pool {
    /// Whether something in a cloud was claimed for this pool that only teardown gives back.
    var hasCloudResources: Bool {
        !eniIDs.isEmpty || !pendingENIs.isEmpty || subnetID != nil || aliasRangeName != nil
    }
}
