import LinuxSystem

/// The current state of everything on a node that a setup determines.
package struct NodeState: Equatable, Sendable {
    package var interfaces: NodeInterfaces
    /// The current values; a setting that the kernel does not have is missing.
    package var sysctls: [Sysctl: String]
    /// Nil if the rules were not read, because the setup does not change iptables.
    package var ruleset: Ruleset?
    /// The bytes of the CNI network's file; nil if there is none.
    package var conflist: [UInt8]?
    /// Routes that make the VMs' addresses local to this machine.
    package var localRoutes = NodeLocalRoutes()

    package init(
        interfaces: NodeInterfaces = NodeInterfaces(), sysctls: [Sysctl: String] = [:], ruleset: Ruleset? = nil,
        conflist: [UInt8]? = nil
    ) {
        self.interfaces = interfaces
        self.sysctls = sysctls
        self.ruleset = ruleset
        self.conflist = conflist
    }

    /// Reads the state of the node. Changes nothing.
    package static func read(for setup: NodeSetup) async throws(NodeError) -> NodeState {
        var state = try readWithoutRules(for: setup)
        if let rules = setup.rules { state.ruleset = try await IPTables.read(for: rules) }
        return state
    }

    /// Reads what needs no other program. It takes a moment.
    package static func readWithoutRules(for setup: NodeSetup) throws(NodeError) -> NodeState {
        var state = NodeState(interfaces: try NodeInterfaces.read())
        if let network = setup.aliasNetwork {
            state.localRoutes = try NodeLocalRoutes.read(of: network, on: state.interfaces)
        }
        do {
            for sysctl in setup.sysctls(for: state.interfaces) { state.sysctls[sysctl] = try sysctl.read() }
            state.conflist = try setup.conflist.read()
        } catch {
            throw NodeError("cannot read \(error.path ?? error.operation)", error)
        }
        return state
    }
}
