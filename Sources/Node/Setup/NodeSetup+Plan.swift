import Addresses

/// Steps in the order in which they are to be taken, and what the operator should know besides.
package struct NodePlan: Equatable, Sendable {
    package var steps: [NodeStep] = []
    package var warnings: [String] = []
}

extension NodeSetup {
    /// What is to be done to a node in `state`; nothing, when all is as it should be.
    /// - Parameter former: the setup that an earlier pool asked for; what only that one wanted is taken back.
    /// - Throws: when the bridge's name belongs to something else.
    package func plan(for state: NodeState, replacing former: NodeSetup? = nil) throws(NodeError) -> NodePlan {
        var plan = NodePlan()
        plan.steps += try bridgeSteps(for: state.interfaces, replacing: former)
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
        if let rules, let ruleset = state.ruleset {
            let formerRules = former?.rules
            let changes = rules.changes(to: ruleset, replacing: formerRules)
            if !changes.isEmpty {
                let reason = "\(changes.filter.count + changes.nat.count) of its rules are missing or stale"
                plan.steps.append(NodeStep(.setRules(rules, replacing: formerRules, changes), because: reason))
            }
        }
        if state.conflist != conflist.content {
            let reason = state.conflist == nil ? "there is none" : "it says something else"
            plan.steps.append(NodeStep(.writeConflist(conflist), because: reason))
        }
        if let former, former.bridge != bridge, state.interfaces[former.bridge] != nil {
            plan.warnings.append(
                "the bridge \(former.bridge) of the earlier pool stays; \"ip link del \(former.bridge)\" deletes it")
        }
        return plan
    }

    private func bridgeSteps(
        for interfaces: NodeInterfaces, replacing former: NodeSetup?
    ) throws(NodeError) -> [NodeStep] {
        let gatewayAddress = NodeInterfaces.Address(address: gateway, prefixLength: subnet.prefixLength)
        guard let found = interfaces[bridge] else {
            return [
                NodeStep(.createBridge(bridge, bridgeMACAddress), because: "there is no \(bridge)"),
                NodeStep(.addAddress(gatewayAddress, to: bridge), because: "it is the guests' gateway"),
                NodeStep(.setUp(bridge), because: "a new interface is down"),
            ]
        }
        guard found.kind == "bridge" else {
            throw NodeError(
                "\(bridge) is no bridge", found.kind.map { "it is of the kind \($0)" },
                remedy: "delete it with \"ip link del \(bridge)\", or name another bridge with --interface")
        }
        var steps: [NodeStep] = []
        if let former, former.bridge == bridge {
            if former.owns(found) && former.bridgeMACAddress != bridgeMACAddress {
                let reason = "the node's name or subnet has changed"
                steps.append(NodeStep(.setMACAddress(bridgeMACAddress, of: bridge), because: reason))
            }
            let formerAddress = NodeInterfaces.Address(
                address: former.gateway, prefixLength: former.subnet.prefixLength)
            if former.madeHere.contains(.gateway) && formerAddress != gatewayAddress
                && found.addresses.contains(formerAddress)
            {
                let reason = "it was the gateway of the earlier pool"
                steps.append(NodeStep(.removeAddress(formerAddress, from: bridge), because: reason))
            }
        }
        if !found.addresses.contains(gatewayAddress) {
            steps.append(NodeStep(.addAddress(gatewayAddress, to: bridge), because: "it has no such address"))
        }
        if !found.isUp { steps.append(NodeStep(.setUp(bridge), because: "it is down")) }
        return steps
    }

    /// Whether `found`, which has the bridge's name, is the bridge that we made. If somebody else made it anew,
    /// it has another MAC address.
    func owns(_ found: NodeInterfaces.Interface) -> Bool {
        madeHere.contains(.bridge) && found.macAddress == bridgeMACAddress
    }

    /// What of this setup the plan for `interfaces` makes, or what an earlier run made and is still there.
    package func madeHere(
        given interfaces: NodeInterfaces, replacing former: NodeSetup?
    ) -> Set<Pool.MadeHere> {
        guard let found = interfaces[bridge] else { return [.bridge, .gateway] }
        var made: Set<Pool.MadeHere> = []
        let sameBridge = former?.bridge == bridge ? former : nil
        if let sameBridge, sameBridge.owns(found) { made.insert(.bridge) }
        let hasGateway = found.addresses.contains { $0.address == gateway && $0.prefixLength == subnet.prefixLength }
        let wasMade = sameBridge.map { $0.madeHere.contains(.gateway) && $0.gateway == gateway } ?? false
        if !hasGateway || wasMade { made.insert(.gateway) }
        return made
    }
}
