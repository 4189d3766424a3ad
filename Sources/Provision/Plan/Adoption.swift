import Addresses
import Node

/// Brings a node under management. `adopt` takes over a node to which the pool's addresses are already routed; `init` claims
/// the addresses from a cloud first.
package enum Adoption {
    /// Computes the steps. Reads the cloud, the node and its files, and changes nothing.
    package static func plan(_ request: PoolRequest, on site: ProvisionSite) async throws -> ProvisionPlan {
        var request = request
        if request.platform == nil {
            request.platform = try await PlatformDetection.platform(site.environment).rawValue
        }
        guard let choice = try SubnetChoice(request) else { return try await planWithSubnet(request, on: site) }
        return try await choose(choice, request, on: site)
    }

    /// Chooses a subnet and makes the plan for it. If the block turns out to be taken, while planning or when the cloud
    /// refuses it, the next block is tried. Nothing has been created for a taken block; pool.json names it until the
    /// next plan is saved.
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

    /// The block that this node already has, or the first free one.
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
        var request = request
        request.kept = try AddressesToKeep(
            leaseFile: request.leaseFile ?? site.paths.stateDirectory + "/leases.json", former: former,
            dropsLeases: request.dropsLeases)
        var pool = try request.pool(
            on: interfaces, replacing: former, carriedBy: try await attachedENIs(for: request, site))
        try check(former, against: pool, choosesSubnet: request.choice != nil, site.paths)

        let formerSetup = former.map { NodeSetup($0, cniConfDirectory: site.paths.cniConfDirectory) }
        let asked = NodeSetup(pool, cniConfDirectory: site.paths.cniConfDirectory)
        pool.madeHere = asked.madeHere(given: interfaces, replacing: formerSetup)
        let setup = NodeSetup(pool, cniConfDirectory: site.paths.cniConfDirectory)
        let state = try await site.node.state(for: setup)
        let takeBack = setup.plan(replacing: formerSetup, in: state)
        let nodePlan = try setup.plan(for: state)
        let cloudPlan = try await cloudPlan(request, pool, former: former, site)
        if cloudPlan == nil { try request.kept.check(pool.ips) }

        // At every moment, pool.json names everything that exists on the node or in a cloud, so that it can be taken
        // back.
        let reason = former == nil ? "there is none yet" : "it replaces the existing one"
        let saved = cloudPlan?.pool ?? pool
        let save = ProvisionStep.savePool(saved, stateDirectory: site.paths.stateDirectory, because: reason)
        var plan = ProvisionPlan(
            steps: takeBack.steps.map { .node($0) } + [save],
            warnings: warnings(pool, replacing: former) + takeBack.warnings + nodePlan.warnings,
            outlook: outlook(site.paths), for: site)
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
        // The NICs are known only after the cloud has attached them.
        plan.followUp = {
            let setup = NodeSetup(await book.pool, cniConfDirectory: site.paths.cniConfDirectory)
            return try setup.plan(for: try await site.node.state(for: setup)).steps.map { .node($0) }
        }
        return plan
    }

    /// What the cloud says about this instance's ENIs; nil if it says nothing, or is not to be asked. With a file of
    /// addresses, it is asked only for the ENIs that carry them, and need not answer.
    private static func attachedENIs(for request: PoolRequest, _ site: ProvisionSite) async throws -> [AttachedENI]? {
        let cloud = try Clouds.named(request.platform)
        guard request.command == .adopt, cloud.hasSecondaryNICs else { return nil }
        let subnet = try request.parsedSubnet()
        guard request.addressesFile != nil else {
            return try await cloud.init(environment: site.environment).attachedENIs(in: subnet)
        }
        var impatient = site.environment
        impatient.patience.attempts = 2
        impatient.patience.firstPause = .zero
        return (try? await cloud.init(environment: impatient).attachedENIs(in: subnet)) ?? nil
    }

    /// What to claim from the cloud; nil if nothing is claimed.
    private static func cloudPlan(
        _ request: PoolRequest, _ pool: Pool, former: Pool?, _ site: ProvisionSite
    ) async throws -> CloudPlan? {
        guard request.command == .`init` else { return nil }
        let cloud = try Clouds.named(request.platform)
        guard cloud.claimsAddresses else { return nil }
        return try await cloud.init(environment: site.environment)
            .claim(pool, request, former: former, node: site.node)
    }

    /// Refuses another platform, subnet or node name while the former pool has cloud resources: they would be
    /// forgotten.
    /// - Parameter choosesSubnet: whether the subnet was chosen automatically. The choice has already considered what
    ///   is claimed for the earlier subnet.
    private static func check(
        _ former: Pool?, against pool: Pool, choosesSubnet: Bool, _ paths: ProvisionPaths
    ) throws {
        guard let former, former.hasCloudResources else { return }
        // A subnet that the claimed addresses do not lie in was a mistake, which this request corrects.
        let corrects = former.aliasRangeName == nil && former.strayIPs.contains(where: pool.subnet.contains)
        let namesResourcesByNode = try Clouds.of(former, at: Pool.path(in: paths.stateDirectory)).namesResourcesByNode
        let change: (field: String, value: String)? =
            if former.platform != pool.platform {
                ("platform", former.platform.rawValue)
            } else if former.subnet != pool.subnet && !choosesSubnet && !corrects {
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
            file: Pool.path(in: paths.stateDirectory), field, value, "still has claimed cloud resources",
            remedy: "run \"cocoon-net teardown\" first")
    }

    private static func warnings(
        _ pool: Pool, replacing former: Pool?
    ) -> [String] {
        var warnings: [String] = []
        let drops = pool.dropInternalAccess || !pool.dropCIDRs.isEmpty
        if drops && pool.manageIPTables == false {
            warnings.append(
                "nothing is dropped yet: adopt leaves the host's iptables rules alone; add --manage-iptables to write the rules"
            )
        }
        if let former, former.manageIPTables != false, pool.manageIPTables == false {
            warnings.append(
                "the iptables rules of the earlier pool stay, but nothing maintains them; add --manage-iptables to maintain them"
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
    /// Whether something in a cloud was claimed for this pool. Only teardown releases it.
    var hasCloudResources: Bool {
        !eniIDs.isEmpty || !pendingENIs.isEmpty || subnetID != nil || aliasRangeName != nil
    }
}
