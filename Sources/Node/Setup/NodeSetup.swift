package import Addresses

/// What a node needs for the VMs of a pool: the bridge, its links, sysctls, iptables rules and CNI network.
///
/// A setup only describes the desired state. `plan` compares it with a `NodeState` and returns the steps that make the
/// changes.
package struct NodeSetup: Equatable, Sendable {
    /// The bridge that the VMs are on.
    package let bridge: String
    /// The MAC address for a bridge that this program creates. An address that is not set would change as VMs come and
    /// go.
    package let bridgeMACAddress: MACAddress
    package let subnet: IPv4Network
    /// The bridge's address.
    package let gateway: IPv4Address
    package let primaryNIC: String?
    /// NICs that carry the VMs' packets and need no address of their own.
    package let secondaryNICs: [String]
    /// Nil if the host's iptables rules are not to be changed.
    package let rules: BridgeRules?
    package let conflist: CNIConflist
    /// The VMs' subnet, if another program may make it local to this machine so that packets to VMs end here; otherwise
    /// nil.
    package let aliasNetwork: IPv4Network?
    /// What an earlier run of this program created.
    package let madeHere: Set<Pool.MadeHere>

    /// The setup that `pool` requires of its node.
    package init(
        _ pool: Pool, skipIPTables: Bool = false, cniConfDirectory: String = CNIConflist.defaultDirectory
    ) {
        bridge = pool.interface
        bridgeMACAddress = BridgeMACAddress.of(nodeName: pool.nodeName, subnet: pool.subnet)
        subnet = pool.subnet
        gateway = pool.gateway
        primaryNIC = pool.primaryNIC
        secondaryNICs = pool.secondaryNICs
        let receivesForVMs = pool.nodeNeeds.contains(.noLocalRoutes)
        aliasNetwork = receivesForVMs ? pool.subnet : nil
        let drops = (pool.dropInternalAccess ? [pool.subnet] : []) + pool.dropCIDRs
        let managesIPTables = pool.manageIPTables ?? true
        rules =
            managesIPTables && !skipIPTables
            ? BridgeRules(
                bridge: pool.interface, subnet: pool.subnet, nics: pool.secondaryNICs,
                primaryNIC: pool.primaryNIC.map { ($0, receivesForVMs: receivesForVMs) }, dropCIDRs: drops)
            : nil
        conflist = CNIConflist(bridge: pool.interface, directory: cniConfDirectory)
        madeHere = pool.madeHere
    }

    /// The sysctls that the VMs' packets need: general ones, and those of the bridge and of the NICs that exist in
    /// `interfaces`.
    func sysctls(for interfaces: NodeInterfaces) -> [Sysctl] {
        let nics = ([primaryNIC].compactMap { $0 } + secondaryNICs).filter { interfaces[$0] != nil }
        let path = ["default", bridge] + nics
        return [Sysctl.forwarding] + path.map(Sysctl.forwarding(of:))
            + (["all"] + path).map(Sysctl.reversePathFilterOff)
    }

    /// The primary NIC's MTU, which is the MTU of the VMs too; nil while there is no such NIC.
    func mtu(on interfaces: NodeInterfaces) -> UInt32? {
        primaryNIC.flatMap { interfaces[$0]?.mtu }
    }
}

/// The MAC address of a bridge that this program creates.
package enum BridgeMACAddress {
    /// The same node and subnet always give the same address. It is unicast and locally administered (the second lowest
    /// bit of the first byte), so that it is not a vendor's. Its bits are the FNV-1a hash of the node's name and the
    /// subnet.
    package static func of(nodeName: String, subnet: IPv4Network) -> MACAddress {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(nodeName)\0\(subnet)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let folded = hash ^ hash >> 48
        return MACAddress(rawValue: folded & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000)
    }
}
