import Node

/// Takes back what `adopt` or `init` made on this node.
package enum Teardown {
    /// What there is to do. Looks at the node and its files, and changes nothing.
    /// - Parameter force: whether to go on under a running daemon.
    package static func plan(paths: ProvisionPaths, force: Bool) async throws -> ProvisionPlan {
        let pool = try Pool.load(from: paths.stateDirectory)
        if !force, let pid = DaemonPIDFile.runningDaemon(at: paths.pidFile) {
            throw BadInput(
                file: paths.pidFile, nil, nil, "the daemon is running (process \(pid))",
                remedy: "stop it first, or use --force")
        }
        guard !pool.hasCloudResources else {
            throw BadInput(
                file: Pool.path(in: paths.stateDirectory), nil, nil,
                "names resources of \(pool.platform.rawValue), and this version gives none back to a cloud",
                remedy: "delete them there, then remove eniIDs, subnetID and aliasRangeName from the file")
        }
        let setup = NodeSetup(pool, cniConfDirectory: paths.cniConfDirectory)
        let nodePlan = setup.teardownPlan(for: try await NodeState.read(for: setup))

        var plan = ProvisionPlan(steps: nodePlan.steps.map { .node($0) }, warnings: nodePlan.warnings)
        // The pool goes last: without it, a teardown that was cut short could not be taken up again.
        for name in ["leases.json", "leases.journal", "leases.json.tmp", "leases.journal.tmp", "pool.json.tmp"] {
            let path = paths.stateDirectory + "/" + name
            if Files.exists(path) { plan.steps.append(.removeFile(path, because: "the leases end")) }
        }
        let poolPath = Pool.path(in: paths.stateDirectory)
        plan.steps.append(.removeFile(poolPath, because: "nothing is left of what it names"))
        return plan
    }
}
