package import Addresses

/// What a node must look like for the VMs of a pool: the bridge, its links, sysctls, iptables rules and CNI network.
///
/// A setup only says what is wanted. `plan` compares it with a `NodeState` and says what to do, and the steps do it.
package struct NodeSetup: Equatable, Sendable {
    /// The bridge that the VMs are on.
    package let bridge: String
    /// The bridge's MAC address when we make it. One that is not set would change as VMs come and go.
    package let bridgeMACAddress: MACAddress
    package let subnet: IPv4Network
    /// The bridge's address.
    package let gateway: IPv4Address
    package let primaryNIC: String?
    /// NICs that bring the VMs' packets and need no address of their own.
    package let secondaryNICs: [String]
    /// Nil where the host's iptables are to stay as they are.
    package let rules: BridgeRules?
    package let conflist: CNIConflist
    /// The VMs' subnet where somebody may make it this machine's own, so that packets to VMs end here.
    package let aliasNetwork: IPv4Network?
    /// What an earlier run of this program made.
    package let madeHere: Set<Pool.MadeHere>

    /// What `pool` asks of its node.
    package init(
        _ pool: Pool, skipIPTables: Bool = false, cniConfDirectory: String = CNIConflist.defaultDirectory
    ) {
        bridge = pool.interface
        bridgeMACAddress = BridgeMACAddress.of(nodeName: pool.nodeName, subnet: pool.subnet)
        subnet = pool.subnet
        gateway = pool.gateway
        primaryNIC = pool.primaryNIC
        secondaryNICs = pool.secondaryNICs
        let drops = (pool.dropInternalAccess ? [pool.subnet] : []) + pool.dropCIDRs
        let managesIPTables = pool.manageIPTables ?? true
        rules =
            managesIPTables && !skipIPTables
            ? BridgeRules(bridge: pool.interface, subnet: pool.subnet, nics: pool.secondaryNICs, dropCIDRs: drops)
            : nil
        conflist = CNIConflist(bridge: pool.interface, directory: cniConfDirectory)
        aliasNetwork = pool.nodeNeeds.contains(.noLocalRoutes) ? pool.subnet : nil
        madeHere = pool.madeHere
    }

    /// The sysctls that VMs' packets need, where the interfaces of `state` are there or will be.
    func sysctls(for interfaces: NodeInterfaces) -> [Sysctl] {
        let nics = ([primaryNIC].compactMap { $0 } + secondaryNICs).filter { interfaces[$0] != nil }
        return [Sysctl.forwarding] + (["all", "default", bridge] + nics).map(Sysctl.reversePathFilterOff)
    }
}

/// The MAC address of a bridge that we make.
package enum BridgeMACAddress {
    /// Always the same for a node and a subnet: unicast, and locally administered (the second lowest bit of the
    /// first byte), so that it is no vendor's. The bits are FNV-1a's of the two names.
    package static func of(nodeName: String, subnet: IPv4Network) -> MACAddress {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(nodeName)\0\(subnet)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let folded = hash ^ hash >> 48
        return MACAddress(rawValue: folded & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000)
    }
}
