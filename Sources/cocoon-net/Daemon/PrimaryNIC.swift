import Netlink
import Node

/// The NIC through which the VMs' packets leave the host.
enum PrimaryNIC {
    /// The MTU to announce to clients. Nil if the pool names no NIC, or the NIC is gone: clients then use their default.
    static func mtu(of pool: Pool) throws -> UInt16? {
        guard let nic = pool.primaryNIC else { return nil }
        var links = try Links()
        return try links.find(named: nic)?.mtu.flatMap { UInt16(exactly: $0) }
    }
}
