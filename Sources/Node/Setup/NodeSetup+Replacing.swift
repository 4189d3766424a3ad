extension NodeSetup {
    /// The steps that undo those parts of `former`, the setup of an earlier pool, in which this setup differs; none if
    /// there was no earlier pool.
    ///
    /// Take these steps while the earlier pool is still in the file: after an interruption, its remains can then be
    /// found again.
    package func plan(replacing former: NodeSetup?, in state: NodeState) -> NodePlan {
        var plan = NodePlan()
        guard let former else { return plan }
        if let rules, let formerRules = former.rules, let ruleset = state.ruleset {
            let changes = formerRules.removal(from: ruleset, keeping: rules)
            if !changes.isEmpty {
                let step = NodeStep.Change.removeRules(formerRules, keeping: rules, changes)
                plan.steps.append(NodeStep(step, because: "they were for the earlier pool"))
            }
        }
        guard let found = state.interfaces[former.bridge] else { return plan }
        guard former.bridge == bridge else {
            plan.warnings.append(
                "the bridge \(former.bridge) of the earlier pool stays; \"ip link del \(former.bridge)\" deletes it")
            return plan
        }
        if former.owns(found) && former.bridgeMACAddress != bridgeMACAddress {
            let reason = "the node's name or subnet has changed"
            plan.steps.append(NodeStep(.setMACAddress(bridgeMACAddress, of: bridge), because: reason))
        }
        if former.madeHere.contains(.gateway) && former.gatewayAddress != gatewayAddress
            && found.addresses.contains(former.gatewayAddress)
        {
            let reason = "it was the gateway of the earlier pool"
            plan.steps.append(NodeStep(.removeAddress(former.gatewayAddress, from: bridge), because: reason))
        }
        return plan
    }

    /// The parts of this setup that are missing among `interfaces` and will be created, and those that an earlier run
    /// created and that still exist.
    package func madeHere(given interfaces: NodeInterfaces, replacing former: NodeSetup?) -> Set<Pool.MadeHere> {
        guard let found = interfaces[bridge] else { return [.bridge, .gateway] }
        var made: Set<Pool.MadeHere> = []
        let formerlyMade = former?.bridge == bridge ? former?.madeHere ?? [] : []
        // After an interruption the bridge may have its new MAC address while the file still contains the earlier pool.
        let ourMACAddresses = [bridgeMACAddress, former?.bridgeMACAddress]
        if formerlyMade.contains(.bridge) && ourMACAddresses.contains(found.macAddress) { made.insert(.bridge) }
        let wasMade = formerlyMade.contains(.gateway) && former?.gatewayAddress == gatewayAddress
        if wasMade || !found.addresses.contains(gatewayAddress) { made.insert(.gateway) }
        return made
    }

    /// Whether `found`, which has the bridge's name, is the bridge that this program created. If somebody else
    /// recreated it, it has another MAC address.
    func owns(_ found: NodeInterfaces.Interface) -> Bool {
        madeHere.contains(.bridge) && found.macAddress == bridgeMACAddress
    }
}
