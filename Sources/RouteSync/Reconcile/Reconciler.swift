internal import Addresses
internal import Netlink

/// Makes the kernel equal to the wanted set: reads both, computes the difference, and writes it in batches.
///
/// It reads through its own connection and without the lock, so that leases can be committed meanwhile. A slot that a
/// commit changes after the read is left to that commit.
struct Reconciler<Kernel: RouteKernel & ~Copyable>: ~Copyable, Sendable {
    private let sync: RouteSync<Kernel>
    private var reader: Kernel

    init(_ sync: RouteSync<Kernel>, reader: consuming Kernel) {
        self.sync = sync
        self.reader = reader
    }

    /// The bridge as it is now; nil if there is none.
    mutating func findInterface() throws(NetlinkError) -> LinkMessage? {
        let link = try reader.link(named: sync.interfaceName)
        sync.withState { $0.interfaceIndex = link?.index }
        return link
    }

    /// Reconciles all routes and neighbours on the interface.
    /// - Parameter progress: is called with the number of finished operations and the total.
    mutating func reconcile(
        interfaceIndex: UInt32, progress: (_ done: Int, _ total: Int) -> Void
    ) throws(NetlinkError) -> ReconcileReport {
        // Read the wanted set first, then the kernel. A change in between is newer than this snapshot and is left
        // alone.
        let (wanted, sequence) = sync.withState { ($0.wanted.snapshot(), $0.wanted.changeSequence) }
        let routes = try reader.routes(matching: RouteFilter(interfaceIndex: interfaceIndex))
        let neighbours = try reader.neighbours(on: interfaceIndex)
        let plan = ReconcilePlan(
            wanted: wanted, pool: sync.pool, routes: routes, neighbours: neighbours,
            interfaceIndex: interfaceIndex)

        var report = sync.perform(plan.operations, untouchedSince: sequence, progress)
        report.wantedRoutes = wanted.count { $0.isWanted }
        for route in plan.foreignRoutes { report.count(ForeignRoute(route)) }
        report.brokenSlots = Set(plan.operations.map(\.tag))
        report.brokenSlots.formUnion(plan.foreignRoutes.compactMap { sync.pool.slot(of: $0.destination.address) })
        return report
    }

    /// Restores what is wanted but missing in these slots, and does nothing else.
    mutating func restore(
        _ slots: some Sequence<Int>, interfaceIndex: UInt32
    ) throws(NetlinkError) -> ReconcileReport {
        let (wanted, sequence) = sync.withState { state in
            (
                slots.map { ($0, state.wanted[$0]) }.filter { $0.1.isWanted },
                state.wanted.changeSequence
            )
        }
        var operations: [RouteOperation] = []
        for (slot, wanted) in wanted {
            let address = sync.pool.address(at: slot)
            if try !hasRoute(to: address, interfaceIndex) {
                operations.append(RouteOperation(kind: .addRoute, address: address, tag: slot))
            }
            if wanted.hasNeighbour, try !wanted.matches(reader.neighbour(address, on: interfaceIndex)) {
                operations.append(
                    RouteOperation(kind: .pin, address: address, macAddress: wanted.macAddress, tag: slot))
            }
        }
        var report = sync.perform(operations, untouchedSince: sequence) { _, _ in }
        report.wantedRoutes = wanted.count
        report.brokenSlots = Set(operations.map(\.tag))
        return report
    }

    private mutating func hasRoute(
        to address: IPv4Address, _ interfaceIndex: UInt32
    ) throws(NetlinkError) -> Bool {
        guard let route = try reader.route(to: address), route.destination.prefixLength == 32 else {
            return false
        }
        return RouteOwner(of: route, interfaceIndex: interfaceIndex) == .ours
    }
}
