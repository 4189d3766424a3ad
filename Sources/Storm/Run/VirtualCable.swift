import Netlink

/// A cable from a bridge to a storm: a veth pair. One end is a port of the bridge, and the other end is the VMs' side.
///
/// Frames that are sent on a bridge interface itself leave through its ports and never reach a server on that bridge,
/// so a storm needs a port. The pair is removed with this value.
package struct VirtualCable: ~Copyable {
    /// The end on which the storm sends.
    package let interfaceName: String
    private let port: LinkMessage

    /// Connects a new cable to the bridge called `bridgeName` in the calling thread's network namespace.
    /// - Parameter interfaceName: at most 12 bytes; the bridge's end has this name with `-br` appended.
    package init(toBridge bridgeName: String, named interfaceName: String) throws(StormError) {
        let port: LinkMessage?
        do { port = try Self.makePair(toBridge: bridgeName, named: interfaceName) } catch { throw .netlink(error) }
        guard let port else { throw .notABridge(bridgeName) }
        self.port = port
        self.interfaceName = interfaceName
    }

    deinit { Self.remove(port) }

    /// - Returns: the bridge's end; nil if `bridgeName` is not a bridge.
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
        // If somebody else has removed the pair already, there is nothing left to do.
        guard var links = try? Links() else { return }
        _ = try? links.delete(port)
    }
}
