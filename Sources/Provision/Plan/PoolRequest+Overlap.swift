import Addresses
import Node

extension PoolRequest {
    /// Refuses a subnet that overlaps the network of one of the host's interfaces: packets to one of them would go to the
    /// other. The bridge has the subnet itself, and the NICs of the VMs' addresses may have addresses of it.
    func checkOverlap(of pool: Pool, with interfaces: NodeInterfaces) throws(BadInput) {
        guard !allowsOverlap else { return }
        for (name, interface) in interfaces.byName.sorted(by: { $0.key < $1.key })
        where name != pool.interface && !pool.secondaryNICs.contains(name) {
            for address in interface.addresses where pool.subnet.overlaps(address.network) {
                throw BadInput(
                    "--subnet", "\(pool.subnet)", "overlaps \(address.network) of \(name)",
                    remedy: "choose another subnet, or add --allow-overlap")
            }
        }
    }
}
