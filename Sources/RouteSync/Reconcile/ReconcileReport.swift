package import Addresses
package import Netlink
package import SystemPackage

/// What one reconciliation or repair did.
package struct ReconcileReport: Hashable, Sendable {
    /// How many of the checked addresses should have a route.
    package var wantedRoutes = 0
    package var addedRoutes = 0
    /// Routes that were replaced: those of the Go program, or of ours in another form.
    package var adoptedRoutes = 0
    package var removedRoutes = 0
    package var pinnedNeighbours = 0
    package var removedNeighbours = 0
    /// Wanted addresses to which another program has a route. These routes were left alone.
    package var foreignRoutes = 0
    /// The first of these routes, as many as fit in a log line.
    package var foreignExamples: [ForeignRoute] = []
    /// The slots where something was not as it should be.
    var brokenSlots: Set<Int> = []
    /// Requests that the kernel refused.
    package var failures = 0
    /// Why the kernel refused the first of them.
    package var firstFailure: Errno?

    /// How many changes to the kernel it took.
    package var changeCount: Int {
        addedRoutes + adoptedRoutes + removedRoutes + pinnedNeighbours + removedNeighbours
    }

    /// Whether anything was not as it should be.
    package var hasFindings: Bool { changeCount + foreignRoutes + failures > 0 }

    private static let exampleLimit = 8

    mutating func count(_ foreign: ForeignRoute) {
        foreignRoutes += 1
        if foreignExamples.count < Self.exampleLimit { foreignExamples.append(foreign) }
    }

    /// Counts the outcome of one operation.
    mutating func count(_ operation: RouteOperation, _ result: RouteResult) {
        switch result {
        case .applied: recordSuccess(of: operation.kind)
        case .foreign(let routeProtocol, let interfaceIndex):
            count(
                ForeignRoute(
                    address: operation.address, routeProtocol: routeProtocol, interfaceIndex: interfaceIndex))
        case .failed(let error):
            failures += 1
            firstFailure = firstFailure ?? error
        case .outsidePool: preconditionFailure("operations are only for addresses in the pool")
        }
    }

    private mutating func recordSuccess(of kind: RouteOperation.Kind) {
        switch kind {
        case .addRoute: addedRoutes += 1
        case .replaceRoute: adoptedRoutes += 1
        case .removeRoute: removedRoutes += 1
        case .pin: pinnedNeighbours += 1
        case .unpin, .removeNeighbour: removedNeighbours += 1
        }
    }
}

/// Another program's host route to an address of the pool.
package struct ForeignRoute: Hashable, Sendable {
    package var address: IPv4Address
    package var routeProtocol: RouteProtocol
    package var interfaceIndex: UInt32?

    init(address: IPv4Address, routeProtocol: RouteProtocol, interfaceIndex: UInt32?) {
        self.address = address
        self.routeProtocol = routeProtocol
        self.interfaceIndex = interfaceIndex
    }

    init(_ route: RouteMessage) {
        self.init(
            address: route.destination.address, routeProtocol: route.routeProtocol,
            interfaceIndex: route.interfaceIndex)
    }
}
