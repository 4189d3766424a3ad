extension NodeSetup {
    /// What is to be taken back of `former`, the setup that an earlier pool asked for, where this one differs; nothing
    /// where there was none.
    ///
    /// To be done while the earlier pool still stands in its file: what is left of it after an interruption can be
    /// found again then.
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

    /// What of this setup is missing among `interfaces` and will be made, or what an earlier run made and is still
    /// there.
    package func madeHere(given interfaces: NodeInterfaces, replacing former: NodeSetup?) -> Set<Pool.MadeHere> {
        guard let found = interfaces[bridge] else { return [.bridge, .gateway] }
        var made: Set<Pool.MadeHere> = []
        let formerlyMade = former?.bridge == bridge ? former?.madeHere ?? [] : []
        // After an interruption it may have its new address while the earlier pool still stands.
        let ourMACAddresses = [bridgeMACAddress, former?.bridgeMACAddress]
        if formerlyMade.contains(.bridge) && ourMACAddresses.contains(found.macAddress) { made.insert(.bridge) }
        let wasMade = formerlyMade.contains(.gateway) && former?.gatewayAddress == gatewayAddress
        if wasMade || !found.addresses.contains(gatewayAddress) { made.insert(.gateway) }
        return made
    }

    /// Whether `found`, which has the bridge's name, is the bridge that we made. If somebody else made it anew,
    /// it has another MAC address.
    func owns(_ found: NodeInterfaces.Interface) -> Bool {
        madeHere.contains(.bridge) && found.macAddress == bridgeMACAddress
    }
}
