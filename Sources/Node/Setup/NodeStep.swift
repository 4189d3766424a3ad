package import Addresses

/// One change to the node, and why it is needed.
package struct NodeStep: Equatable, Sendable {
    package enum Change: Equatable, Sendable {
        case createBridge(String, MACAddress)
        case setMACAddress(MACAddress, of: String)
        case deleteBridge(String)
        case addAddress(NodeInterfaces.Address, to: String)
        case removeAddress(NodeInterfaces.Address, from: String)
        case setMTU(UInt32, of: String)
        case setUp(String)
        case set(Sysctl)
        /// The changes are those of the plan. Applying the step computes them again from the rules at that time.
        case setRules(BridgeRules, RuleChanges)
        case removeRules(BridgeRules, keeping: BridgeRules?, RuleChanges)
        /// Removes the /32 routes of leases and the neighbours pinned to them.
        case removeLeaseRoutes(of: IPv4Network, from: String)
        /// Removes the routes that make addresses of a network this machine's own.
        case removeLocalRoutes(of: IPv4Network, NodeLocalRoutes)
        case writeConflist(CNIConflist, mtu: UInt32?)
        case removeConflist(CNIConflist)
    }

    package let change: Change
    /// Why the change is needed, such as "it is down".
    package let reason: String

    init(_ change: Change, because reason: String) {
        self.change = change
        self.reason = reason
    }

    /// What the step does, such as "set cni0 up".
    package var summary: String {
        switch change {
        case .createBridge(let name, let macAddress): "create the bridge \(name) with MAC address \(macAddress)"
        case .setMACAddress(let macAddress, let name): "give \(name) the MAC address \(macAddress)"
        case .deleteBridge(let name): "delete the bridge \(name)"
        case .addAddress(let address, let name): "add \(address) to \(name)"
        case .removeAddress(let address, let name): "remove \(address) from \(name)"
        case .setMTU(let mtu, let name): "give \(name) the MTU \(mtu)"
        case .setUp(let name): "set \(name) up"
        case .set(let sysctl): "set \(sysctl.name) to \(sysctl.value)"
        case .setRules: "update our iptables rules"
        case .removeRules: "remove our iptables rules"
        case .removeLeaseRoutes(let subnet, let name): "remove the routes of leases in \(subnet) from \(name)"
        case .removeLocalRoutes(let network, _): "remove the local routes to \(network)"
        case .writeConflist(let conflist, _): "write \(conflist.path)"
        case .removeConflist(let conflist): "remove \(conflist.path)"
        }
    }

    /// The details of the change, line by line, if the summary does not tell them.
    package var details: [String] {
        switch change {
        case .setRules(_, let changes), .removeRules(_, _, let changes):
            changes.filter.map { "filter: " + $0 } + changes.nat.map { "nat: " + $0 }
        case .removeLocalRoutes(_, let routes):
            routes.lines
        default: []
        }
    }
}
