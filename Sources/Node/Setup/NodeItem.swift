import Addresses
package import Netlink

/// A part of what a setup determines, as repairs of it are counted.
package enum NodeItem: String, CaseIterable, Sendable {
    /// The bridge with its gateway address and MTU.
    case bridge
    /// The secondary NICs.
    case nics
    case sysctls
    case localRoutes = "local_routes"
    case rules
    /// The file of the CNI network.
    case conflist
}

extension NodeSetup {
    /// What this setup determines.
    package var items: [NodeItem] {
        NodeItem.allCases.filter { item in
            switch item {
            case .nics: !secondaryNICs.isEmpty
            case .localRoutes: aliasNetwork != nil
            case .rules: rules != nil
            case .bridge, .sysctls, .conflist: true
            }
        }
    }

    /// What a step of this setup's plan changes.
    package func item(of step: NodeStep) -> NodeItem {
        switch step.change {
        case .setUp(let name): name == bridge ? .bridge : .nics
        case .set: .sysctls
        case .setRules, .removeRules: .rules
        case .removeLocalRoutes: .localRoutes
        case .writeConflist, .removeConflist: .conflist
        case .createBridge, .setMACAddress, .deleteBridge, .addAddress, .removeAddress, .setMTU, .removeLeaseRoutes:
            .bridge
        }
    }

    /// Whether the kernel reports a change of something that this setup determines.
    /// - Parameter interfaces: the node's interfaces before the change.
    package func isConcerned(
        by notification: RouteNetlinkNotification, given interfaces: NodeInterfaces
    ) -> Bool {
        switch notification {
        case .changed(let subject, _), .removed(let subject, _): isConcerned(by: subject, given: interfaces)
        case .lost: true
        }
    }

    private func isConcerned(by subject: RouteNetlinkNotification.Subject, given interfaces: NodeInterfaces) -> Bool {
        let names = [bridge] + [primaryNIC].compactMap(\.self) + secondaryNICs
        func isOurs(_ index: UInt32) -> Bool { names.contains { interfaces[$0]?.index == index } }
        switch subject {
        case .link(let link):
            // Renamed, an interface has another name and its old index.
            return link.name.map(names.contains) == true || isOurs(link.index) || isSmallPort(link, interfaces)
        case .address(let address): return isOurs(address.interfaceIndex) || subnet.contains(address.address)
        case .settings(let settings):
            guard case .interface(let index) = settings.scope else { return true }
            return isOurs(index)
        case .route, .neighbour: return false
        }
    }

    /// Whether the bridge's MTU is too large for a port.
    private func isSmallPort(_ link: LinkMessage, _ interfaces: NodeInterfaces) -> Bool {
        guard let bridge = interfaces[bridge], link.masterIndex == bridge.index, let mtu = link.mtu else {
            return false
        }
        return primaryNIC != nil && mtu < bridge.mtu ?? 0
    }
}
