import Addresses

extension NodeSetup {
    /// The steps that remove this setup from a node in `state` and keep what was there before.
    ///
    /// The sysctls stay, because other programs on the node may rely on them by now.
    package func teardownPlan(for state: NodeState) -> NodePlan {
        var plan = NodePlan()
        if let rules, let ruleset = state.ruleset {
            let changes = rules.removal(from: ruleset)
            if !changes.isEmpty {
                plan.steps.append(
                    NodeStep(.removeRules(rules, keeping: nil, changes), because: "they were for the VMs"))
            }
        }
        if let found = state.conflist {
            if found == conflist.content(mtu: CNIConflist.mtu(in: found)) {
                plan.steps.append(NodeStep(.removeConflist(conflist), because: "its bridge is no longer served"))
            } else {
                plan.warnings.append("\(conflist.path) stays: somebody has changed it")
            }
        }
        guard let found = state.interfaces[bridge] else { return plan }
        if owns(found) {
            let portCount = state.interfaces.byName.values.count { $0.masterIndex == found.index }
            let ports = portCount == 0 ? "" : ", and its \(portCount) ports stay without a bridge"
            plan.steps.append(NodeStep(.deleteBridge(bridge), because: "we made it" + ports))
            return plan
        }
        plan.steps.append(NodeStep(.removeLeaseRoutes(of: subnet, from: bridge), because: "the leases end"))
        if madeHere.contains(.gateway) && found.addresses.contains(gatewayAddress) {
            plan.steps.append(NodeStep(.removeAddress(gatewayAddress, from: bridge), because: "we added it"))
        }
        plan.warnings.append("the bridge \(bridge) stays: we did not make it")
        return plan
    }
}
