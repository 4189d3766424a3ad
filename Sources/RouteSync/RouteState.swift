internal import Addresses
internal import Netlink
import SystemPackage

/// All mutable state of route synchronization. One thread at a time holds it.
struct RouteState<Kernel: RouteKernel & ~Copyable>: ~Copyable, Sendable {
    let interfaceName: String
    let pool: RoutePool
    /// The bridge's index; nil while there is no such bridge.
    var interfaceIndex: UInt32?
    var wanted: WantedRoutes
    /// Whether something was found in the kernel that requires a full reconciliation.
    var needsReconciliation = false
    /// Whether the keeper is to end.
    var isStopped = false
    private var writer = RouteWriter()
    private var kernel: Kernel

    init(interfaceName: String, pool: RoutePool, kernel: consuming Kernel) {
        self.interfaceName = interfaceName
        self.pool = pool
        self.kernel = kernel
        wanted = WantedRoutes(slotCount: pool.count)
    }

    /// Whether a full reconciliation was requested since the last call.
    mutating func takeRequest() -> Bool {
        defer { needsReconciliation = false }
        return needsReconciliation
    }

    /// Sends the writer's operations. If the bridge turns out to have been re-created, sends them once more to the new
    /// one.
    mutating func performOperations() {
        guard writer.count > 0 else { return }
        guard let index = interfaceIndex ?? findInterface() else {
            writer.failForMissingInterface()
            return
        }
        writer.perform(on: &kernel, interfaceIndex: index)
        if writer.hasMissedInterface, let newIndex = findInterface(), newIndex != index {
            writer.perform(on: &kernel, interfaceIndex: newIndex)
        }
    }

    private mutating func findInterface() -> UInt32? {
        interfaceIndex = try? kernel.link(named: interfaceName)?.index
        return interfaceIndex
    }
}

// MARK: Committing changes

extension RouteState where Kernel: ~Copyable {
    /// See ``RouteSync/apply(_:_:)``.
    mutating func apply(_ changes: Span<RouteChange>, _ results: inout MutableSpan<RouteResult>) {
        for index in changes.indices {
            results[index] = .applied
            if let slot = pool.slot(of: changes[index].address) { wanted.setLatestChange(index, of: slot) }
        }
        writer.removeAll()
        for index in changes.indices where isLatest(index, changes) {
            if writer.room < Self.operationLimitPerChange { flush(&results) }
            prepare(changes[index], tag: index, &results)
        }
        flush(&results)
        for index in changes.indices { settle(index, changes, &results) }
    }

    /// One operation for the route and one for the neighbour.
    private static var operationLimitPerChange: Int { 2 }

    /// Whether no later change in the same call is for the same address.
    private func isLatest(_ index: Int, _ changes: Span<RouteChange>) -> Bool {
        guard let slot = pool.slot(of: changes[index].address) else { return true }
        return wanted[slot].latestChangeIndex == index
    }

    private mutating func prepare(
        _ change: RouteChange, tag: Int, _ results: inout MutableSpan<RouteResult>
    ) {
        let slot = pool.slot(of: change.address)
        let hadNeighbour = slot.map { wanted[$0].hasNeighbour } ?? false
        func operation(_ kind: RouteOperation.Kind) -> RouteOperation {
            RouteOperation(kind: kind, address: change.address, macAddress: change.macAddress, tag: tag)
        }
        switch change.action {
        case .install where slot == nil:
            results[tag] = .outsidePool
        case .install:
            writer.append(operation(.addRoute))
            if change.withNeighbour {
                writer.append(operation(.pin))
            } else if hadNeighbour {
                writer.append(operation(.removeNeighbour))
            }
        case .remove:
            // Also for an address outside the pool: the protocol and the interface ensure that only a route of ours is
            // removed.
            writer.append(operation(.removeRoute(.dhcp)))
            if change.withNeighbour || hadNeighbour { writer.append(operation(.removeNeighbour)) }
        }
    }

    /// Performs the operations collected so far. The first failed operation of a change determines the change's result.
    private mutating func flush(_ results: inout MutableSpan<RouteResult>) {
        performOperations()
        for index in 0..<writer.count {
            let tag = writer.operations[index].tag
            if results[tag] == .applied { results[tag] = writer.result(at: index) }
            switch writer.result(at: index) {
            case .failed(.fileExists): needsReconciliation = true
            // Perhaps nobody asks for this removal again, and then the route or neighbour would stay.
            case .failed where writer.operations[index].isRemoval: needsReconciliation = true
            default: break
            }
        }
        writer.removeAll()
    }

    /// Records the outcome in the wanted set. A change that a later one superseded gets the later one's result.
    private mutating func settle(
        _ index: Int, _ changes: Span<RouteChange>, _ results: inout MutableSpan<RouteResult>
    ) {
        guard let slot = pool.slot(of: changes[index].address) else { return }
        let latest = wanted[slot].latestChangeIndex
        guard latest == index else {
            results[index] = results[latest]
            return
        }
        switch changes[index].action {
        case .remove: wanted.drop(slot)
        case .install where results[index] == .applied:
            wanted.want(slot, changes[index].macAddress, withNeighbour: changes[index].withNeighbour)
        case .install: wanted.touch(slot)
        }
    }
}

// MARK: Repairing

extension RouteState where Kernel: ~Copyable {
    /// Performs operations whose tag is a slot, except for slots whose wanted entry has changed since `sequence`:
    /// whoever changed it has also updated the kernel.
    /// - Precondition: there are at most as many operations as the writer holds.
    mutating func perform(
        _ operations: ArraySlice<RouteOperation>, untouchedSince sequence: UInt64,
        _ report: (RouteOperation, RouteResult) -> Void
    ) {
        writer.removeAll()
        for operation in operations where wanted[operation.tag].changeSequence <= sequence {
            writer.append(operation)
        }
        performOperations()
        for index in 0..<writer.count { report(writer.operations[index], writer.result(at: index)) }
        writer.removeAll()
    }
}
