import Addresses

/// Steps in the order in which to take them, and warnings for the operator.
package struct NodePlan: Equatable, Sendable {
    package var steps: [NodeStep] = []
    package var warnings: [String] = []
}

extension NodeSetup {
    /// The steps that bring a node in `state` to this setup; none if nothing needs to change.
    /// - Throws: if an interface of another kind has the bridge's name.
    package func plan(for state: NodeState) throws(NodeError) -> NodePlan {
        var plan = NodePlan()
        plan.steps += try bridgeSteps(for: state.interfaces)
        for name in secondaryNICs {
            guard let nic = state.interfaces[name] else {
                plan.warnings.append("there is no \(name): the addresses behind it cannot be reached until it is back")
                continue
            }
            if !nic.isUp { plan.steps.append(NodeStep(.setUp(name), because: "it is down")) }
        }
        for sysctl in sysctls(for: state.interfaces) where state.sysctls[sysctl] != sysctl.value {
            let reason = state.sysctls[sysctl].map { "it is \($0)" } ?? "it comes with the bridge"
            plan.steps.append(NodeStep(.set(sysctl), because: reason))
        }
        if let aliasNetwork, !state.localRoutes.isEmpty {
            plan.steps.append(
                NodeStep(
                    .removeLocalRoutes(of: aliasNetwork, state.localRoutes),
                    because: "packets to VMs would end on this host"))
        }
        if let rules, let ruleset = state.ruleset {
            let changes = rules.changes(to: ruleset)
            if !changes.isEmpty {
                plan.steps.append(NodeStep(.setRules(rules, changes), because: "some are missing or stale"))
            }
        }
        if state.conflist != conflist.content {
            let reason = state.conflist == nil ? "there is none" : "its content differs"
            plan.steps.append(NodeStep(.writeConflist(conflist), because: reason))
        }
        return plan
    }

    private func bridgeSteps(for interfaces: NodeInterfaces) throws(NodeError) -> [NodeStep] {
        guard let found = interfaces[bridge] else {
            return [
                NodeStep(.createBridge(bridge, bridgeMACAddress), because: "there is no \(bridge)"),
                NodeStep(.addAddress(gatewayAddress, to: bridge), because: "it is the VMs' gateway"),
                NodeStep(.setUp(bridge), because: "a new interface is down"),
            ]
        }
        guard found.kind == "bridge" else {
            throw NodeError(
                "\(bridge) is not a bridge", found.kind.map { "its kind is \($0)" },
                remedy: "delete it with \"ip link del \(bridge)\", or name another bridge with --interface")
        }
        var steps: [NodeStep] = []
        if !found.addresses.contains(gatewayAddress) {
            steps.append(NodeStep(.addAddress(gatewayAddress, to: bridge), because: "it has no such address"))
        }
        if !found.isUp { steps.append(NodeStep(.setUp(bridge), because: "it is down")) }
        return steps
    }

    /// The gateway's address with the length of the subnet's prefix.
    var gatewayAddress: NodeInterfaces.Address {
        NodeInterfaces.Address(address: gateway, prefixLength: subnet.prefixLength)
    }
}
