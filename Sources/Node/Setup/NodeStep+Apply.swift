import Addresses
import LinuxSystem
import Netlink
import SystemPackage

extension NodePlan {
    /// Takes the steps in order and reports each one when it is done.
    package func apply(reporting report: (NodeStep) -> Void) async throws(NodeError) {
        for step in steps {
            try await step.apply()
            report(step)
        }
    }
}

extension NodeStep {
    /// Makes the change. If somebody else has made it in the meantime, that is not an error.
    package func apply() async throws(NodeError) {
        do {
            try await perform()
        } catch let error as NodeError {
            throw error
        } catch let error as NetlinkError {
            throw NodeError(error)
        } catch let error as SystemError {
            guard case .set = change else { throw NodeError("cannot \(summary)", error) }
            throw NodeError(
                "cannot \(summary) (\(reason))", error.reason,
                remedy: "run it as root, with CAP_NET_ADMIN; or set it outside of the container")
        } catch {
            throw NodeError("cannot \(summary)", "\(error)", remedy: nil)
        }
    }

    private func perform() async throws {
        var links = try Links()
        var addresses = try InterfaceAddresses()
        switch change {
        case .createBridge(let name, let macAddress):
            _ = try links.createBridge(name, macAddress: macAddress)
        case .setMACAddress(let macAddress, let name):
            try links.setMACAddress(links.get(named: name), macAddress)
        case .deleteBridge(let name):
            if let link = try links.find(named: name) { try links.delete(link) }
        case .addAddress(let address, let name):
            let link = try links.get(named: name)
            try Self.allowing(.fileExists) { () throws(NetlinkError) in
                try addresses.add(address.address, prefixLength: address.prefixLength, to: link)
            }
        case .removeAddress(let address, let name):
            let link = try links.get(named: name)
            try Self.allowing(.addressNotAvailable) { () throws(NetlinkError) in
                try addresses.remove(address.address, prefixLength: address.prefixLength, from: link)
            }
        case .setMTU(let mtu, let name):
            try links.setMTU(links.get(named: name), mtu)
        case .setUp(let name):
            try links.setUp(links.get(named: name))
        case .set(let sysctl):
            // What a new bridge inherits is often right, and /proc/sys may be read-only.
            if try sysctl.read() != sysctl.value { try sysctl.write() }
        case .setRules(let rules, _):
            try await Self.apply(rules) { rules.changes(to: $0) }
        case .removeRules(let rules, let successor, _):
            try await Self.apply(rules) { rules.removal(from: $0, keeping: successor) }
        case .removeLeaseRoutes(let subnet, let name):
            try Self.removeLeaseRoutes(of: subnet, from: links.get(named: name))
        case .removeLocalRoutes(_, let routes):
            try routes.remove()
        case .writeConflist(let conflist, let mtu):
            try conflist.write(mtu: mtu)
        case .removeConflist(let conflist):
            try Files.remove(conflist.path)
        }
    }

    /// Reads the rules again and applies the changes that they need. Somebody else may change them at the same time, so
    /// that a rule to delete is gone: the changes are then computed again, for at most three attempts.
    private static func apply(_ rules: BridgeRules, _ changes: (Ruleset) -> RuleChanges) async throws(NodeError) {
        var attemptsLeft = 3
        while true {
            let ruleset = try await IPTables.read(for: rules)
            do {
                return try await IPTables.apply(changes(ruleset))
            } catch {
                attemptsLeft -= 1
                guard attemptsLeft > 0, try await IPTables.read(for: rules) != ruleset else { throw error }
            }
        }
    }

    /// Removes the routes of leases and their neighbour entries. A /32 route of protocol dhcp belongs to a lease.
    private static func removeLeaseRoutes(of subnet: IPv4Network, from link: LinkMessage) throws(NetlinkError) {
        var routes = try Routes()
        var neighbours = try Neighbours()
        for route in try routes.list(RouteFilter(interfaceIndex: link.index, routeProtocol: .dhcp)) {
            let address = route.destination.address
            guard route.destination.prefixLength == 32, subnet.contains(address) else { continue }
            try allowing(.noSuchProcess) { () throws(NetlinkError) in try routes.delete(route) }
            try allowing(.noSuchFileOrDirectory) { () throws(NetlinkError) in try neighbours.delete(address, on: link) }
        }
    }

    /// Sends a request to the kernel and ignores the error `number`, which means that the change is already made.
    private static func allowing(
        _ number: Errno, _ request: () throws(NetlinkError) -> Void
    ) throws(NetlinkError) {
        do throws(NetlinkError) {
            try request()
        } catch let error where error.number == number {}
    }
}
