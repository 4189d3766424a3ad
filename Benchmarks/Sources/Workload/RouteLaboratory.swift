public import Addresses
public import Netlink
public import RouteSync

/// A network namespace of its own with a bridge, what keeps routes on it, and a watcher who is told of each change. It goes
/// away with the process.
public struct RouteLaboratory: ~Copyable, Sendable {
    public let sync: RouteSync<RouteNetlinkSocket>
    private let namespace: NetworkNamespace
    /// The same routes straight from C.
    public let limit: RouteLimit

    /// Whether this process may make one.
    public static var isAvailable: Bool {
        do {
            _ = try NetworkNamespace.create()
            return true
        } catch {
            return false
        }
    }

    /// - Throws: `.notPermitted` without the right to make namespaces.
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
