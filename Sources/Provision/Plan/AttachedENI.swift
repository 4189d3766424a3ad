import Addresses
import Node

/// A secondary ENI of this instance, as the cloud describes it to the instance itself.
struct AttachedENI: Sendable, Equatable {
    /// Nil if the cloud does not say; then teardown cannot delete it.
    var id: String?
    var macAddress: MACAddress
    /// The addresses other than its primary one.
    var addresses: [IPv4Address]

    /// For errors: the ID, or the MAC address that stands for it.
    var name: String { id ?? "\(macAddress)" }

    func carries(_ ips: Set<IPv4Address>) -> Bool { !ips.isDisjoint(with: addresses) }
}

extension NodeInterfaces {
    /// The NIC with this MAC address: the first interface that has it, because later ones, such as VLANs, are stacked on
    /// the NIC.
    func nic(with macAddress: MACAddress) -> String? {
        byName.filter { $0.value.macAddress == macAddress }.min { $0.value.index < $1.value.index }?.key
    }
}
