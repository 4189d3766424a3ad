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
