import Addresses
import FastDHCP
import FoundationEssentials
import Glibc
import LinuxSystem
package import Netlink

/// Many new ports of a bridge, each the end of a veth pair whose far end stands for the VMs behind it.
///
/// The far ends have a network namespace to themselves, so one ring hears all of them and nothing else. All
/// pairs go with this value, and with the process if it is killed.
package struct BridgePorts: ~Copyable {
    private let namespace: NetworkNamespace
    private let bridgeName: String
    private let ports: [LinkMessage]

    /// The most ports that a bridge can have: the kernel's numbers for them have ten bits, and 0 is none.
    package static let limit = 1023
    /// What the far ends are deleted by.
    private static let group: UInt32 = 1

    /// Makes ports of the bridge of that name in the calling thread's network namespace, and waits until they
    /// forward.
    /// - Parameters:
    ///   - prefix: what the ports' names begin with; at most 10 bytes.
    ///   - settings: how the bridge treats them; what is nil stays as the kernel has it.
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

    /// Lets a storm begin on the far ends.
    /// - Parameter serverPID: the process whose processor time is to be told.
    package func storm(_ plan: StormPlan, serverPID: Int32? = nil) throws(StormError) -> StormRun {
        let names = ports.indices.map(Self.farEnd)
        let title = ports.count == 1 ? "a port of \(bridgeName)" : "\(grouped(ports.count)) ports of \(bridgeName)"
        return try namespace.perform { () throws(StormError) in
            try StormRun(plan, on: StormInterfaces(named: names, title: title), serverPID: serverPID)
        }
    }

    /// Tells the bridge which port each client of the plan is behind, so that it need not learn it.
    package func addForwardingEntries(for plan: StormPlan) throws(StormError) {
        let identities = ClientIdentities(seed: plan.seed)
        try performing { () throws(NetlinkError) in
            var database = try ForwardingDatabase()
            for index in 0..<plan.clientCount {
                try database.add(identities.chaddr(of: index), port: ports[index % ports.count])
            }
        }
    }

    // MARK: Making and removing

    private static func farEnd(_ number: Int) -> String { "vm\(number)" }

    /// For the far ends, which shall not look for IPv6 neighbours, each of them all over the bridge.
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
                // One by one: of many carriers that come at once the kernel tells bridges of a hundred a second.
                try farLinks.setUp(try farLinks.get(named: farEnd(number)))
                return port
            }
        }
        let forward = try performing { () throws(NetlinkError) in try waitUntilForwarding(ports, of: bridge, &links) }
        guard forward else { throw .portsStayDown(bridge: bridgeName) }
        return ports
    }

    /// A port's own address, higher than others: a bridge without an address of its own takes the lowest of its
    /// ports', and must not change it in the middle of a storm.
    private static func macAddress(_ number: Int) -> MACAddress {
        MACAddress(rawValue: 0xFE00_0000_0000 | UInt64(UInt32(getpid()) & 0xFF_FFFF) << 16 | UInt64(number))
    }

    /// - Returns: false if some do not for a long time.
    private static func waitUntilForwarding(
        _ ports: [LinkMessage], of bridge: LinkMessage, _ links: inout Links
    ) throws(NetlinkError) -> Bool {
        let indices = Set(ports.map(\.index))
        // Before the first look, so that no change falls between the two.
        var watch = try RouteNetlinkWatch(types: [.newLink])
        var polled = PollSet([watch.fileDescriptor])
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            // The bridge hears of a port's carrier before the kernel shows the port as running.
            let running = try links.list(portsOf: bridge).filter { $0.flags.contains(.running) }
            if running.count(where: { indices.contains($0.index) }) == ports.count { return true }
            // It fails only when the kernel lacks memory, and then the next look finds what there is.
            _ = try? polled.wait(timeoutMilliseconds: 1000)
            while try watch.next() != nil {}
        }
        return false
    }

    private static func remove(from namespace: borrowing NetworkNamespace) {
        namespace.perform {
            // Should this fail, the pairs go with the namespace, a moment later.
            guard var links = try? Links() else { return }
            try? links.delete(group: group)
        }
    }
}
