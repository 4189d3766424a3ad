import Addresses

/// Steps in the order in which to take them, and warnings for the operator.
package struct NodePlan: Equatable, Sendable {
    package var steps: [NodeStep] = []
    package var warnings: [String] = []

    mutating func add(_ other: NodePlan) {
        steps += other.steps
        warnings += other.warnings
    }
}

extension NodeSetup {
    /// The steps that bring a node in `state` to this setup; none if nothing needs to change.
    /// - Throws: if an interface of another kind has the bridge's name.
    package func plan(for state: NodeState) throws(NodeError) -> NodePlan {
        var plan = NodePlan()
        plan.steps += try bridgeSteps(for: state.interfaces)
        plan.add(mtuPlan(for: state.interfaces))
        for name in secondaryNICs {
            guard let nic = state.interfaces[name] else {
                plan.warnings.append("there is no \(name): the addresses behind it cannot be reached until it is back")
                continue
            }
            if !nic.isUp { plan.steps.append(NodeStep(.setUp(name), because: "it is down")) }
        }
        plan.steps += sysctlSteps(for: state)
        if let aliasNetwork, !state.localRoutes.isEmpty {
            plan.steps.append(
                NodeStep(
                    .removeLocalRoutes(of: aliasNetwork, state.localRoutes),
                    because: "packets to VMs would end on this host"))
        }
        if let ruleset = state.ruleset { plan.add(planOfRules(for: ruleset)) }
        // While the NIC is away, the file keeps its MTU.
        let mtu = mtu(on: state.interfaces) ?? state.conflist.flatMap(CNIConflist.mtu(in:))
        if state.conflist != conflist.content(mtu: mtu) {
            let reason = state.conflist == nil ? "there is none" : "its content differs"
            plan.steps.append(NodeStep(.writeConflist(conflist, mtu: mtu), because: reason))
        }
        return plan
    }

    /// The part of the plan that is about iptables.
    package func planOfRules(for ruleset: Ruleset) -> NodePlan {
        var plan = NodePlan()
        guard let rules else { return plan }
        let changes = rules.changes(to: ruleset)
        if !changes.isEmpty {
            plan.steps.append(NodeStep(.setRules(rules, changes), because: "some are missing or stale"))
        }
        return plan
    }

    private func sysctlSteps(for state: NodeState) -> [NodeStep] {
        let isForwarding = state.sysctls[.forwarding] == Sysctl.forwarding.value
        return sysctls(for: state.interfaces).compactMap { sysctl in
            guard state.sysctls[sysctl] != sysctl.value, isForwarding || !sysctl.followsForwarding else { return nil }
            let reason = state.sysctls[sysctl].map { "it is \($0)" } ?? "it comes with the bridge"
            return NodeStep(.set(sysctl), because: reason)
        }
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

    /// Gives the bridge the MTU of the primary NIC, or that of its smallest port: the bridge cannot deliver larger packets
    /// there.
    private func mtuPlan(for interfaces: NodeInterfaces) -> NodePlan {
        var plan = NodePlan()
        guard let primaryNIC, let mtu = mtu(on: interfaces) else { return plan }
        let found = interfaces[bridge]
        let ports = interfaces.byName.filter { found != nil && $0.value.masterIndex == found?.index }
        let smallest = ports.compactMap { name, port in port.mtu.map { (mtu: $0, name: name) } }.min { $0 < $1 }
        guard let smallest, smallest.mtu < mtu else {
            if mtu != found?.mtu ?? NodeInterfaces.newBridgeMTU {
                plan.steps.append(NodeStep(.setMTU(mtu, of: bridge), because: "it is that of \(primaryNIC)"))
            }
            return plan
        }
        plan.warnings.append(
            "\(smallest.name), a port of \(bridge), has the MTU \(smallest.mtu), and \(primaryNIC) has \(mtu): until it has "
                + "\(mtu) too, so do all VMs' packets to this host and beyond")
        if found?.mtu != smallest.mtu {
            plan.steps.append(
                NodeStep(.setMTU(smallest.mtu, of: bridge), because: "its port \(smallest.name) has no more"))
        }
        return plan
    }

    /// The gateway's address with the length of the subnet's prefix.
    var gatewayAddress: NodeInterfaces.Address {
        NodeInterfaces.Address(address: gateway, prefixLength: subnet.prefixLength)
    }
}
