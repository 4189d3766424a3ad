import FastDHCP
import Netlink

/// Where a storm takes place: the interfaces that its clients are behind.
package struct StormInterfaces: Sendable {
    /// At least one, all different.
    let identities: [InterfaceIdentity]
    /// What people call them all.
    let title: String

    var first: InterfaceIdentity { identities[0] }
    var count: Int { identities.count }

    /// Finds interfaces in the calling thread's network namespace, by at least one name.
    /// - Parameter title: what people call them all, if not by their names.
    package init(named names: [String], title: String? = nil) throws(StormError) {
        precondition(!names.isEmpty, "a storm needs an interface")
        let links = try performing { () throws(NetlinkError) in
            var links = try Links()
            return try links.list()
        }
        var identities: [InterfaceIdentity] = []
        var found: Set<Int32> = []
        for name in names {
            let identity: InterfaceIdentity
            do { identity = try InterfaceIdentity(named: name) } catch { throw .interface(error) }
            guard found.insert(identity.index).inserted else { throw .namedTwice(name) }
            try Self.check(name, among: links)
            identities.append(identity)
        }
        self.identities = identities
        self.title = title ?? names.joined(separator: ", ")
    }

    /// Refuses interfaces from which no frame ever reaches a server.
    private static func check(_ name: String, among links: [LinkMessage]) throws(StormError) {
        guard let link = links.first(where: { $0.name == name }) else { return }
        if link.kind == .bridge { throw .isBridge(name) }
        guard let masterIndex = link.masterIndex,
            let master = links.first(where: { $0.index == masterIndex }), master.kind == .bridge
        else { return }
        throw .isBridgePort(name, bridge: master.name ?? "\(masterIndex)")
    }
}
