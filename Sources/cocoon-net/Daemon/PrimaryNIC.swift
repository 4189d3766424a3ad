import Netlink
import Node

/// The NIC that the guests' packets leave by.
enum PrimaryNIC {
    /// The MTU that guests can use; nil when the pool names no NIC, or it is gone: guests then keep their own default.
    static func mtu(of pool: Pool) throws -> UInt16? {
        guard let nic = pool.primaryNIC else { return nil }
        var links = try Links()
        return try links.find(named: nic)?.mtu.flatMap { UInt16(exactly: $0) }
    }
}
