import Addresses
import Netlink

extension NodePlan {
    /// Takes the steps in their order; each is reported when it is done.
    package func apply(reporting report: (NodeStep) -> Void) async throws(NodeError) {
        for step in steps {
            try await step.apply()
            report(step)
        }
    }
}

extension NodeStep {
    /// Makes the change.
    package func apply() async throws(NodeError) {
        do {
            try await perform()
        } catch let error as NodeError {
            throw error
        } catch let error as NetlinkError {
            throw NodeError(error)
        } catch let error as SystemError {
            throw NodeError("cannot \(summary)", error)
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
            try links.delete(links.get(named: name))
        case .addAddress(let address, let name):
            try addresses.add(address.address, prefixLength: address.prefixLength, to: links.get(named: name))
        case .removeAddress(let address, let name):
            try addresses.remove(address.address, prefixLength: address.prefixLength, from: links.get(named: name))
        case .setUp(let name):
            try links.setUp(links.get(named: name))
        case .set(let sysctl):
            try sysctl.write()
        case .setRules(let rules, let former, _):
            try await Self.applyRules { rules.changes(to: $0, replacing: former) }
        case .removeRules(let rules, _):
            try await Self.applyRules { rules.removal(from: $0) }
        case .removeLeaseRoutes(let subnet, let name):
            try Self.removeLeaseRoutes(of: subnet, from: links.get(named: name))
        case .writeConflist(let conflist):
            try conflist.write()
        case .removeConflist(let conflist):
            try Files.remove(conflist.path)
        }
    }

    /// Reads the rules again and brings them to where they should be. Somebody else may have changed them just now,
    /// so that a rule to delete is gone: then the changes are computed anew.
    private static func applyRules(_ changes: (Ruleset) -> RuleChanges) async throws(NodeError) {
        var attemptsLeft = 3
        while true {
            let ruleset = try await IPTables.read()
            do {
                return try await IPTables.apply(changes(ruleset))
            } catch {
                attemptsLeft -= 1
                guard attemptsLeft > 0, try await IPTables.read() != ruleset else { throw error }
            }
        }
    }

    /// A route of protocol dhcp to one address is a lease's. Its neighbour goes with it.
    private static func removeLeaseRoutes(of subnet: IPv4Network, from link: LinkMessage) throws(NetlinkError) {
        var routes = try Routes()
        var neighbours = try Neighbours()
        for route in try routes.list(RouteFilter(interfaceIndex: link.index, routeProtocol: .dhcp)) {
            let address = route.destination.address
            guard route.destination.prefixLength == 32, subnet.contains(address) else { continue }
            do throws(NetlinkError) {
                try routes.delete(route)
            } catch where error.number == .noSuchProcess {}
            do throws(NetlinkError) {
                try neighbours.delete(address, on: link)
            } catch where error.number == .notFound {}
        }
    }
}
