internal import Addresses
internal import Netlink

/// What must be done to make the kernel equal to the wanted set. It is the difference of the two, computed without side
/// effects.
struct ReconcilePlan: Hashable, Sendable {
    /// In the order in which they are performed: removals and replacements, then additions. Each operation has its slot
    /// as its tag.
    private(set) var operations: [RouteOperation] = []
    /// Routes of other programs in the place of wanted ones.
    private(set) var foreignRoutes: [RouteMessage] = []

    /// - Parameter wanted: one entry per slot of `pool`.
    /// - Parameter routes: the routes of the main table on the bridge.
    /// - Parameter neighbours: the neighbours on the bridge.
    init(
        wanted: [WantedRoute], pool: RoutePool, routes: [RouteMessage], neighbours: [NeighbourMessage],
        interfaceIndex: UInt32
    ) {
        var hasRoute = [Bool](repeating: false, count: wanted.count)
        var isPinned = [Bool](repeating: false, count: wanted.count)
        for route in routes where route.destination.prefixLength == 32 {
            guard let slot = pool.slot(of: route.destination.address) else { continue }
            let owner = RouteOwner(of: route, interfaceIndex: interfaceIndex)
            if take(route, of: owner, slot, isWanted: wanted[slot].isWanted) { hasRoute[slot] = true }
        }
        for neighbour in neighbours {
            guard let address = neighbour.address, let slot = pool.slot(of: address) else { continue }
            if take(neighbour, of: address, slot, wanted[slot]) { isPinned[slot] = true }
        }
        for slot in wanted.indices where wanted[slot].isWanted {
            let address = pool.address(at: slot)
            if !hasRoute[slot] {
                operations.append(RouteOperation(kind: .addRoute, address: address, tag: slot))
            }
            if wanted[slot].hasNeighbour && !isPinned[slot] {
                let macAddress = wanted[slot].macAddress
                operations.append(
                    RouteOperation(kind: .pin, address: address, macAddress: macAddress, tag: slot))
            }
        }
    }

    /// - Returns: whether the place is taken, so that no route needs to be added.
    private mutating func take(
        _ route: RouteMessage, of owner: RouteOwner, _ slot: Int, isWanted: Bool
    ) -> Bool {
        let address = route.destination.address
        switch (owner, isWanted) {
        case (.ours, true): return true
        case (.adoptable, true):
            operations.append(RouteOperation(kind: .replaceRoute, address: address, tag: slot))
            return true
        case (.ours, false), (.adoptable, false):
            let kind = RouteOperation.Kind.removeRoute(route.routeProtocol)
            operations.append(RouteOperation(kind: kind, address: address, tag: slot))
            return false
        case (.foreign, true):
            // A route with a nonzero metric or type of service can exist beside ours.
            guard (route.priority ?? 0) == 0, route.tos == 0 else { return false }
            foreignRoutes.append(route)
            return true
        case (.foreign, false): return false
        }
    }

    /// - Returns: whether the neighbour is as it should be.
    private mutating func take(
        _ neighbour: NeighbourMessage, of address: IPv4Address, _ slot: Int, _ wanted: WantedRoute
    ) -> Bool {
        if wanted.isWanted && wanted.hasNeighbour { return wanted.matches(neighbour) }
        if neighbour.routeProtocol == .dhcp {
            operations.append(RouteOperation(kind: .removeNeighbour, address: address, tag: slot))
        }
        return false
    }
}
