import Addresses
import Node

/// What the clients' policy takes from the host.
struct HostProperties: Equatable {
    /// The MTU of the NIC through which the VMs' packets leave. Nil if the pool names no NIC, or it is gone: clients then
    /// use their default.
    let mtu: UInt16?
    /// The addresses of the pool that are the host's own, with the interface that has them. No VM may have them too.
    let ownAddresses: [IPv4Address: String]

    init(_ interfaces: NodeInterfaces, _ pool: Pool) {
        mtu = pool.primaryNIC.flatMap { interfaces[$0]?.mtu }.flatMap { UInt16(exactly: $0) }
        var own: [IPv4Address: String] = [:]
        for (name, interface) in interfaces.byName {
            for address in interface.addresses where pool.subnet.contains(address.address) {
                own[address.address] = name
            }
        }
        let leasable = own.isEmpty ? [] : Set(pool.ips)
        ownAddresses = own.filter { leasable.contains($0.key) }
    }
}
