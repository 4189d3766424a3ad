package import Node

/// The node that a command works on.
package protocol NodeAccess: Sendable {
    func interfaces() throws -> NodeInterfaces
    func state(for setup: NodeSetup) async throws -> NodeState
    func apply(_ step: NodeStep) async throws
}

/// This very machine, or the network namespace that the process is in.
package struct KernelNode: NodeAccess {
    package init() {}

    package func interfaces() throws -> NodeInterfaces { try NodeInterfaces.read(withDefaultRoute: true) }
    package func state(for setup: NodeSetup) async throws -> NodeState { try await NodeState.read(for: setup) }
    package func apply(_ step: NodeStep) async throws { try await step.apply() }
}

/// What a command has to do with: the node, its files, and the clouds that the caller may ask.
package struct ProvisionSite: Sendable {
    package var paths = ProvisionPaths()
    package var node: any NodeAccess = KernelNode()
    package var environment: CloudEnvironment

    package init(_ paths: ProvisionPaths = ProvisionPaths(), environment: CloudEnvironment = .current) {
        self.paths = paths
        self.environment = environment
    }
}
