import Netlink
import Node

/// The NIC that the clients' packets leave by.
enum PrimaryNIC {
    /// The MTU that clients can use; nil when the pool names no NIC, or it is gone: clients then keep their own default.
    static func mtu(of pool: Pool) throws -> UInt16? {
        guard let nic = pool.primaryNIC else { return nil }
        var links = try Links()
        return try links.find(named: nic)?.mtu.flatMap { UInt16(exactly: $0) }
    }
}
