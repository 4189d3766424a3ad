import Node

/// Brings a node under management: `adopt`, and `init` where no cloud has to be asked.
package enum Adoption {
    /// What there is to do. Looks at the node and its files, and changes nothing.
    package static func plan(_ request: PoolRequest, paths: ProvisionPaths) async throws -> ProvisionPlan {
        let former = try Pool.loadIfPresent(from: paths.stateDirectory)
        let interfaces = try NodeInterfaces.read()
        var pool = try request.pool(on: interfaces, replacing: former)
        try check(former, against: pool, paths)

        let formerSetup = former.map { NodeSetup($0, cniConfDirectory: paths.cniConfDirectory) }
        let asked = NodeSetup(pool, cniConfDirectory: paths.cniConfDirectory)
        pool.madeHere = asked.madeHere(given: interfaces, replacing: formerSetup)
        let setup = NodeSetup(pool, cniConfDirectory: paths.cniConfDirectory)
        let state = try await NodeState.read(for: setup)
        let takeBack = setup.plan(replacing: formerSetup, in: state)
        let nodePlan = try setup.plan(for: state)

        // Whatever is on the node is named in the file at any moment, and can be taken back by it.
        let reason = former == nil ? "there is none yet" : "it takes the place of the one that is there"
        let save = ProvisionStep.savePool(pool, stateDirectory: paths.stateDirectory, because: reason)
        return ProvisionPlan(
            steps: takeBack.steps.map { .node($0) } + [save] + nodePlan.steps.map { .node($0) },
            warnings: warnings(request, pool, replacing: former) + takeBack.warnings + nodePlan.warnings,
            outlook: outlook(paths))
    }

    /// A cloud's resources are not forgotten by naming another platform.
    private static func check(_ former: Pool?, against pool: Pool, _ paths: ProvisionPaths) throws {
        guard let former, former.platform != pool.platform, former.hasCloudResources else { return }
        throw BadInput(
            file: Pool.path(in: paths.stateDirectory), "platform", former.platform.rawValue,
            "has resources recorded that are still claimed", remedy: "run \"cocoon-net teardown\" first")
    }

    private static func warnings(_ request: PoolRequest, _ pool: Pool, replacing former: Pool?) -> [String] {
        var warnings: [String] = []
        if pool.platform == .volcengine && request.addressesFile == nil {
            warnings.append(
                "the VPC routes only the addresses of this host's ENIs, and the pool is "
                    + "\(pool.addressSummary); list those that are assigned with --addresses-file")
        }
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
    var hasCloudResources: Bool { !eniIDs.isEmpty || subnetID != nil || aliasRangeName != nil }
}
