import Addresses
import FastDHCP
import LinuxSystem
import Netlink
import RouteSync
import Synchronization
import SystemPackage

/// Turns changes of bindings into changes of kernel routes. It is the only connection between the packet path and the
/// kernel's tables.
struct LeaseRoutes: RouteSink, Sendable {
    private let sync: RouteSync<RouteNetlinkSocket>
    private let counters: RouteCounters
    private var changes: [RouteChange] = []
    private var results: [RouteResult]

    init(_ sync: RouteSync<RouteNetlinkSocket>, counters: RouteCounters) {
        self.sync = sync
        self.counters = counters
        results = [RouteResult](repeating: .applied, count: BindingChange.batchCapacity)
        changes.reserveCapacity(BindingChange.batchCapacity)
    }

    mutating func begin(_ changes: Span<BindingChange>) {
        self.changes.removeAll(keepingCapacity: true)
        for index in changes.indices { self.changes.append(RouteChange(changes[index])) }
    }

    mutating func finish(_ isRouted: inout MutableSpan<Bool>) {
        let start = BootTime.nanosecondsNow()
        Self.apply(changes, to: sync, &results)
        counters.recordBatch(nanoseconds: BootTime.nanosecondsNow() - start)
        for index in changes.indices {
            isRouted[index] = results[index] == .applied
            counters.record(changes[index], results[index])
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

/// Counts the route changes by outcome, and keeps the latest refusal. The route thread writes it, any thread reads it.
final class RouteCounters: Sendable {
    private let words = AtomicWords(count: 8)
    private enum Word {
        static let added = 0
        static let removed = 1
        static let refused = 2
        static let batches = 3
        static let repairs = 4
    }

    /// How long each batch took, in nanoseconds.
    let batchTimes = Distribution.ofTimes()

    /// A route that could not be added or removed.
    struct Refusal: Sendable {
        var address: IPv4Address
        var result: RouteResult
    }

    private let latest = Mutex<Refusal?>(nil)

    var addedCount: UInt64 { words.loadRelaxed(Word.added) }
    var removedCount: UInt64 { words.loadRelaxed(Word.removed) }
    var refusedCount: UInt64 { words.loadRelaxed(Word.refused) }
    var batchCount: UInt64 { words.loadRelaxed(Word.batches) }
    /// Routes and neighbours that were missing or changed and were put back. The keeper's thread writes it.
    var repairCount: UInt64 { words.loadRelaxed(Word.repairs) }
    var latestRefusal: Refusal? { latest.withLock { $0 } }

    func recordBatch(nanoseconds: UInt64) {
        words.increment(Word.batches)
        batchTimes.add(nanoseconds)
    }

    func countRepairs(_ count: Int) { words.increment(Word.repairs, by: UInt64(count)) }
    func forgetRepairs() { words.storeRelaxed(Word.repairs, 0) }

    func record(_ change: RouteChange, _ result: RouteResult) {
        guard result == .applied else {
            words.increment(Word.refused)
            latest.withLock { $0 = Refusal(address: change.address, result: result) }
            return
        }
        words.increment(change.action == .install ? Word.added : Word.removed)
    }
}

extension RouteResult {
    /// The meaning of the result and what to do, for a log line.
    var explanation: String {
        switch self {
        case .applied: "routed"
        case .foreign(let owner, let interfaceIndex):
            "another program (route protocol \(owner.rawValue)) has a host route to the address"
                + (interfaceIndex.map { " on interface \($0)" } ?? "") + "; remove that route"
        case .outsidePool: "the address is not in the pool"
        case .failed(let error): "the kernel refused the change: \(error.namedDescription)"
        }
    }
}
