public import Addresses
public import Netlink
public import RouteSync

/// A separate network namespace with a bridge, a `RouteSync` for routes on it, and a watcher that subscribes to changes. It
/// disappears with the process.
public struct RouteLaboratory: ~Copyable, Sendable {
    public let sync: RouteSync<RouteNetlinkSocket>
    private let namespace: NetworkNamespace
    /// Changes the same routes straight from C.
    public let limit: RouteLimit

    /// Whether this process may create a network namespace.
    public static var isAvailable: Bool {
        do {
            _ = try NetworkNamespace.create()
            return true
        } catch {
            return false
        }
    }

    /// - Throws: `.notPermitted` without the right to create namespaces.
    public init(pool: [IPv4Address]) throws {
        let namespace = try NetworkNamespace.create()
        let bridge = try namespace.perform { () throws(NetlinkError) in
            var links = try Links()
            let bridge = try links.createBridge("cni0", macAddress: MACAddress(2, 0, 0, 0, 0, 1))
            try links.setUp(bridge)
            var addresses = try InterfaceAddresses()
            try addresses.add(MemoryWorker.address, prefixLength: 8, to: bridge)
            return bridge
        }
        let kernel = try namespace.perform { () throws(NetlinkError) in try RouteNetlinkSocket() }
        sync = try RouteSync(interfaceName: "cni0", pool: RoutePool(pool), kernel: kernel)
        limit = namespace.perform { RouteLimit(interfaceIndex: Int32(bridge.index)) }
        self.namespace = namespace
    }
}
