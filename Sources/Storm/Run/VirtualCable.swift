import Netlink

/// A cable from a bridge to a storm: a veth pair of which one end is a port of the bridge and the other plays
/// the VMs' side.
///
/// What is sent on a bridge interface itself goes out to its ports and never in to the server behind it, so a
/// storm needs a port. The pair is removed with this value.
package struct VirtualCable: ~Copyable {
    /// The end to storm on.
    package let interfaceName: String
    private let port: LinkMessage

    /// Plugs a new cable into the bridge of that name in the calling thread's network namespace.
    /// - Parameter interfaceName: at most 12 bytes; the bridge's end gets `-br` behind it.
    package init(toBridge bridgeName: String, named interfaceName: String) throws(StormError) {
        let port: LinkMessage?
        do { port = try Self.makePair(toBridge: bridgeName, named: interfaceName) } catch { throw .netlink(error) }
        guard let port else { throw .notABridge(bridgeName) }
        self.port = port
        self.interfaceName = interfaceName
    }

    deinit { Self.remove(port) }

    /// - Returns: the bridge's end; nil if it is no bridge.
    private static func makePair(toBridge bridgeName: String, named name: String) throws(NetlinkError) -> LinkMessage? {
        var links = try Links()
        let bridge = try links.get(named: bridgeName)
        guard bridge.kind == .bridge else { return nil }
        let port = try links.createVethPair(name + "-br", peer: VethPeer(name: name), master: bridge, isUp: true)
        do {
            try links.setUp(try links.get(named: name))
        } catch {
            remove(port)
            throw error
        }
        return port
    }

    private static func remove(_ port: LinkMessage) {
        // Whoever has taken it away already did what is wanted here.
        guard var links = try? Links() else { return }
        _ = try? links.delete(port)
    }
}
