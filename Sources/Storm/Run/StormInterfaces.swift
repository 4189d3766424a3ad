import FastDHCP
import Netlink

/// The interfaces that the clients of a storm are behind.
package struct StormInterfaces: Sendable {
    /// At least one interface; all are different.
    let identities: [InterfaceIdentity]
    /// The name for all the interfaces together, in output.
    let title: String

    var first: InterfaceIdentity { identities[0] }
    var count: Int { identities.count }

    /// Finds the interfaces called `names`, at least one, in the calling thread's network namespace.
    /// - Parameter title: the name for all the interfaces together; nil lists their names.
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
