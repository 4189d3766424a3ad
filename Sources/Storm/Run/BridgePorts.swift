import Addresses
import FastDHCP
import FoundationEssentials
import Glibc
import LinuxSystem
package import Netlink

/// New ports of a bridge. Each port is one end of a veth pair, and the far end stands for the VMs behind the port.
///
/// The far ends are in a network namespace of their own, so that one ring receives from all of them and nothing else.
/// All pairs are removed with this value, and with the process if it is killed.
package struct BridgePorts: ~Copyable {
    private let namespace: NetworkNamespace
    private let bridgeName: String
    private let ports: [LinkMessage]

    /// The maximum number of ports of a bridge: the kernel numbers them with ten bits, and 0 means none.
    package static let limit = 1023
    /// The group of the far ends, by which they are deleted.
    private static let group: UInt32 = 1

    /// Creates ports of the bridge called `bridgeName` in the calling thread's network namespace, and waits until they
    /// forward.
    /// - Parameters:
    ///   - prefix: the beginning of the ports' names; at most 10 bytes.
    ///   - settings: how the bridge treats the ports; nil keeps the kernel's default.
    package init(
        _ count: Int, ofBridge bridgeName: String, named prefix: String, _ settings: BridgePort = BridgePort()
    ) throws(StormError) {
        precondition((1...Self.limit).contains(count), "1 to \(Self.limit) ports")
        let namespace = try performing { () throws(NetlinkError) in try Self.makeNamespace() }
        do {
            ports = try Self.makePorts(count, of: bridgeName, prefix, settings, namespace)
        } catch {
            Self.remove(from: namespace)
            throw error
        }
        self.namespace = namespace
        self.bridgeName = bridgeName
    }

    deinit { Self.remove(from: namespace) }

    /// Starts a storm on the far ends.
    /// - Parameter serverPID: the process whose processor time is reported.
    package func storm(_ plan: StormPlan, serverPID: Int32? = nil) throws(StormError) -> StormRun {
        let names = ports.indices.map(Self.farEnd)
        let title = ports.count == 1 ? "a port of \(bridgeName)" : "\(grouped(ports.count)) ports of \(bridgeName)"
        return try namespace.perform { () throws(StormError) in
            try StormRun(plan, on: StormInterfaces(named: names, title: title), serverPID: serverPID)
        }
    }

    /// Tells the bridge which port each client of the plan is behind, so that it does not have to learn that.
    package func addForwardingEntries(for plan: StormPlan) throws(StormError) {
        let identities = ClientIdentities(seed: plan.seed)
        try performing { () throws(NetlinkError) in
            var database = try ForwardingDatabase()
            for index in 0..<plan.clientCount {
                try database.add(identities.chaddr(of: index), port: ports[index % ports.count])
            }
        }
    }

    // MARK: Creating and removing

    private static func farEnd(_ number: Int) -> String { "vm\(number)" }

    /// Creates the namespace of the far ends. IPv6 is off there: otherwise each far end would look for IPv6 neighbours
    /// across the whole bridge.
    private static func makeNamespace() throws(NetlinkError) -> NetworkNamespace {
        let namespace = try NetworkNamespace.create()
        namespace.perform {
            let path = "/proc/sys/net/ipv6/conf/default/disable_ipv6"
            try? "1\n".write(toFile: path, atomically: false, encoding: .utf8)
        }
        return namespace
    }

    private static func makePorts(
        _ count: Int, of bridgeName: String, _ prefix: String, _ settings: BridgePort,
        _ namespace: borrowing NetworkNamespace
    ) throws(StormError) -> [LinkMessage] {
        var links = try performing { () throws(NetlinkError) in try Links() }
        let bridge = try performing { () throws(NetlinkError) in try links.get(named: bridgeName) }
        guard bridge.kind == .bridge else { throw .notABridge(bridgeName) }
        guard bridge.isUp else { throw .bridgeDown(bridgeName) }
        let existing = try performing { () throws(NetlinkError) in try links.list(portsOf: bridge).count }
        guard existing + count <= limit else { throw .portsFull(bridge: bridgeName, existing: existing) }
        var farLinks = try performing { () throws(NetlinkError) in
            try namespace.perform { () throws(NetlinkError) in try Links() }
        }
        let ports = try performing { () throws(NetlinkError) in
            try (0..<count).map { (number) throws(NetlinkError) in
                let peer = VethPeer(
                    name: farEnd(number), namespaceDescriptor: namespace.fileDescriptor, group: group)
                let port = try links.createVethPair(
                    "\(prefix)p\(number)", macAddress: macAddress(number), peer: peer, master: bridge, isUp: true)
                if settings != BridgePort() { try links.setBridgePort(port, settings) }
                // One by one: if many carriers come up at once, the kernel tells bridges of only a hundred a second.
                try farLinks.setUp(try farLinks.get(named: farEnd(number)))
                return port
            }
        }
        let forward = try performing { () throws(NetlinkError) in try waitUntilForwarding(ports, of: bridge, &links) }
        guard forward else { throw .portsStayDown(bridge: bridgeName) }
        return ports
    }

    /// A port's own MAC address, higher than other addresses: a bridge without a MAC address of its own takes the
    /// lowest of its ports', and must not change it during a storm.
    private static func macAddress(_ number: Int) -> MACAddress {
        MACAddress(rawValue: 0xFE00_0000_0000 | UInt64(UInt32(getpid()) & 0xFF_FFFF) << 16 | UInt64(number))
    }

    /// - Returns: false if some ports do not forward within 20 s.
    private static func waitUntilForwarding(
        _ ports: [LinkMessage], of bridge: LinkMessage, _ links: inout Links
    ) throws(NetlinkError) -> Bool {
        let indices = Set(ports.map(\.index))
        // The watch starts before the first check, so that it misses no change.
        var watch = try RouteNetlinkWatch(types: [.newLink])
        var polled = PollSet([watch.fileDescriptor])
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            // The bridge learns of a port's carrier before the kernel shows the port as running.
            let running = try links.list(portsOf: bridge).filter { $0.flags.contains(.running) }
            if running.count(where: { indices.contains($0.index) }) == ports.count { return true }
            // `wait` fails only if the kernel lacks memory. The next check then finds the current state.
            _ = try? polled.wait(timeoutMilliseconds: 1000)
            while try watch.next() != nil {}
        }
        return false
    }

    private static func remove(from namespace: borrowing NetworkNamespace) {
        namespace.perform {
            // If this fails, the pairs are removed with the namespace, a moment later.
            guard var links = try? Links() else { return }
            try? links.delete(group: group)
        }
    }
}
