import Addresses
import FastDHCP
import Netlink
import RouteSync
import Synchronization

/// Where bindings become routes: the one place at which the packet path meets the kernel's tables.
struct LeaseRoutes: RouteSink, Sendable {
    private let sync: RouteSync<RouteNetlinkSocket>
    private let trouble: RouteTrouble
    private var changes: [RouteChange] = []
    private var results: [RouteResult]

    init(_ sync: RouteSync<RouteNetlinkSocket>, trouble: RouteTrouble) {
        self.sync = sync
        self.trouble = trouble
        results = [RouteResult](repeating: .applied, count: Self.capacity)
        changes.reserveCapacity(Self.capacity)
    }

    /// The most changes that come at once.
    private static var capacity: Int { 512 }

    mutating func begin(_ changes: Span<BindingChange>) {
        self.changes.removeAll(keepingCapacity: true)
        for index in changes.indices { self.changes.append(RouteChange(changes[index])) }
    }

    mutating func finish(_ isRouted: inout MutableSpan<Bool>) {
        Self.apply(changes, to: sync, &results)
        for index in changes.indices {
            isRouted[index] = results[index] == .applied
            if results[index] != .applied { trouble.note(changes[index].address, results[index]) }
        }
    }

    private static func apply(
        _ changes: [RouteChange], to sync: RouteSync<RouteNetlinkSocket>, _ results: inout [RouteResult]
    ) {
        var span = results.mutableSpan
        var used = span._mutatingExtracting(first: changes.count)
        sync.apply(changes.span, &used)
    }
}

extension RouteChange {
    fileprivate init(_ change: BindingChange) {
        self.init(
            change.kind == .bind ? .install : .remove, change.address, change.client,
            withNeighbour: !change.isRelayed)
    }
}

/// Why routes could not be made, for whoever tells the operator.
final class RouteTrouble: Sendable {
    struct Report: Sendable {
        var count: UInt64 = 0
        /// The latest of them.
        var address = IPv4Address.unspecified
        var result = RouteResult.applied
    }

    private let state = Mutex(Report())

    var report: Report { state.withLock { $0 } }

    func note(_ address: IPv4Address, _ result: RouteResult) {
        state.withLock { report in
            report.count += 1
            report.address = address
            report.result = result
        }
    }
}

extension RouteResult {
    /// What it means and what to do, for a log line.
    var explanation: String {
        switch self {
        case .applied: "routed"
        case .foreign(let owner, let interfaceIndex):
            "another program (route protocol \(owner.rawValue)) has a host route to it"
                + (interfaceIndex.map { " on interface \($0)" } ?? "") + "; remove that route"
        case .outsidePool: "it is not in the pool"
        case .failed(let error): "the kernel refused: \(error)"
        }
    }
}
