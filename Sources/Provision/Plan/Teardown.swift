import LinuxSystem
import Node

/// Removes what `adopt` or `init` made on this node, and releases what was claimed from a cloud.
package enum Teardown {
    /// Computes the steps. Reads the cloud, the node and its files, and changes nothing.
    /// - Parameters:
    ///   - force: whether to stop a daemon that is running. If not, it is an error.
    ///   - isDryRun: whether the steps will not be performed, so that a daemon may run.
    ///   - deletesSubnet: whether to delete the cloud's subnet too.
    ///   - leaseFile: the file in which other programs read the leases; nil for leases.json in the state directory.
    package static func plan(
        on site: ProvisionSite, force: Bool, isDryRun: Bool = false, deletesSubnet: Bool = false,
        leaseFile: String? = nil
    ) async throws -> ProvisionPlan {
        let paths = site.paths
        guard let pool = try Pool.loadIfPresent(from: paths.stateDirectory) else {
            let finding = "there is nothing to remove: no \(Pool.path(in: paths.stateDirectory))"
            return ProvisionPlan(
                warnings: [finding + "; if the daemon has another --state-dir, name that one"], for: site)
        }
        let daemon = DaemonPIDFile.runningDaemon(at: paths.pidFile)
        if let daemon, !force, !isDryRun {
            throw BadInput(
                file: paths.pidFile, nil, nil, "the daemon is running (process \(daemon))",
                remedy: "stop it first with \"systemctl stop cocoon-net\", or use --force, which stops it")
        }
        let setup = NodeSetup(pool, cniConfDirectory: paths.cniConfDirectory)
        let nodePlan = setup.teardownPlan(for: try await site.node.state(for: setup))
        var plan = ProvisionPlan(
            steps: nodePlan.steps.map { .node($0) }, warnings: [pool.warning].compactMap { $0 } + nodePlan.warnings,
            for: site)

        plan.pidFile = paths.pidFile
        if let daemon {
            if force {
                plan.steps.insert(.stopDaemon(daemon), at: 0)
            } else {
                plan.warnings.append(
                    "the daemon is running (process \(daemon)): stop it before teardown, or use --force, which stops it"
                )
            }
        }
        plan.book = PoolBook(pool, stateDirectory: paths.stateDirectory)
        let cloudPlan = try await release(pool, site, deletesSubnet: deletesSubnet)
        plan.steps += cloudPlan.steps.map { .cloud($0) }
        plan.warnings += cloudPlan.warnings
        if let subnetID = pool.subnetID, !deletesSubnet {
            plan.warnings.append(
                "the subnet \(subnetID) stays in the VPC: --delete-subnet deletes it when init made it and it is empty")
        }
        // pool.json is removed last: without it, an interrupted teardown could not be resumed.
        let directory = paths.stateDirectory + "/"
        let leaseFile = leaseFile ?? directory + "leases.json"
        let files = ["leases.journal", "leases.journal.tmp", "pool.json.tmp"].map { directory + $0 }
        for path in [leaseFile, leaseFile + ".tmp"] + files {
            if Files.exists(path) { plan.steps.append(.removeFile(path, because: "the leases end with the pool")) }
        }
        let poolPath = Pool.path(in: paths.stateDirectory)
        plan.steps.append(.removeFile(poolPath, because: "everything that it names is gone"))
        return plan
    }

    /// What to release in the cloud. A cloud from which nothing was claimed is not called.
    private static func release(
        _ pool: Pool, _ site: ProvisionSite, deletesSubnet: Bool
    ) async throws -> CloudPlan {
        let path = Pool.path(in: site.paths.stateDirectory)
        let cloud = try Clouds.of(pool, at: path)
        guard cloud.claimsAddresses || !pool.hasCloudResources else {
            throw BadInput(
                file: path, "platform", pool.platform.rawValue, "has no cloud resources, but the file names some",
                remedy: "put the right platform there, or remove eniIDs, subnetID and aliasRangeName")
        }
        return try await cloud.init(environment: site.environment).release(pool, deletesSubnet: deletesSubnet)
    }
}
