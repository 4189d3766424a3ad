import LinuxSystem
package import Node

/// The node that a command works on.
package protocol NodeAccess: Sendable {
    func interfaces() throws -> NodeInterfaces
    func state(for setup: NodeSetup) async throws -> NodeState
    func apply(_ step: NodeStep) async throws
}

/// This machine, as seen from the network namespace of the process.
package struct KernelNode: NodeAccess {
    package init() {}

    package func interfaces() throws -> NodeInterfaces { try NodeInterfaces.read(withDefaultRoute: true) }
    package func state(for setup: NodeSetup) async throws -> NodeState { try await NodeState.read(for: setup) }
    package func apply(_ step: NodeStep) async throws { try await step.apply() }
}

/// What a command works with: the node, its files, and the clouds that the caller's environment gives access to.
package struct ProvisionSite: Sendable {
    package var paths = ProvisionPaths()
    package var node: any NodeAccess = KernelNode()
    package var environment: CloudEnvironment

    package init(_ paths: ProvisionPaths = ProvisionPaths(), environment: CloudEnvironment = .current) {
        self.paths = paths
        self.environment = environment
    }
}

extension ProvisionSite {
    /// Makes a plan and performs it while no other command works on this node: two plans for the same state would both
    /// make what is missing.
    /// - Parameters:
    ///   - waits: whether to wait for the other command. If not, this is an error.
    ///   - report: called with a line for the operator before the wait.
    package func carryOut(
        waits: Bool = true, reporting report: (String) -> Void = { _ in }, _ makePlan: () async throws -> ProvisionPlan,
        performing perform: (ProvisionPlan) async throws -> Void
    ) async throws {
        let directory = paths.stateDirectory
        if !Files.exists(StateLock.Name.provision.path(in: directory)) {
            // A command with an error in it must change nothing, so it does not create the lock's file either.
            let plan = try await makePlan()
            if plan.steps.isEmpty { return try await perform(plan) }
            // Nobody can have had the lock since the plan was made.
            if let lock = try StateLock(creating: .provision, in: directory) {
                try await perform(plan)
                return lock.release()
            }
        }
        let lock = try await StateLock.wait(for: .provision, in: directory) {
            let finding = "another cocoon-net command is working on \(directory)"
            guard waits else {
                throw BadInput(nil, nil, finding, remedy: "run this one when that has ended, or without --no-wait")
            }
            report("waiting: " + finding)
        }
        try await perform(try await makePlan())
        lock.release()
    }
}
