public import Addresses
public import LinuxSystem
import Netlink
internal import Synchronization

/// Keeps the kernel's host routes, and the neighbour entries that go with them, equal to a wanted set.
///
/// Two threads share it: the one that commits leases calls ``apply(_:_:)``, and a ``RouteKeeper`` repairs what others
/// break. A writer holds the lock while it writes to the kernel: the keeper for one batch at a time, ``apply(_:_:)``
/// for all batches of its call. With the committer's limit of 512 changes these are up to eight batches of 128
/// requests.
public final class RouteSync<Kernel: RouteKernel & ~Copyable>: Sendable {
    /// The bridge that all routes are on.
    public let interfaceName: String
    public let pool: RoutePool
    /// The netlink port of our own writes in the kernel's notifications.
    let portID: UInt32
    /// Signaled to wake the keeper.
    let attention: EventCounter
    private let state: Mutex<RouteState<Kernel>>

    /// - Parameter kernel: a separate connection, opened in the bridge's network namespace.
    /// - Throws: if the process has no descriptors left.
    public init(
        interfaceName: String, pool: RoutePool, kernel: consuming sending Kernel
    ) throws(SystemError) {
        self.interfaceName = interfaceName
        attention = try EventCounter()
        self.pool = pool
        portID = kernel.portID
        state = Mutex(RouteState(interfaceName: interfaceName, pool: pool, kernel: kernel))
    }

    /// Adds to the wanted set without writing to the kernel, for leases known before the first reconciliation.
    /// - Returns: whether the address is in the pool.
    public func expect(_ address: IPv4Address, _ macAddress: MACAddress, withNeighbour: Bool) -> Bool {
        guard let slot = pool.slot(of: address) else { return false }
        withState { $0.wanted.want(slot, macAddress, withNeighbour: withNeighbour) }
        return true
    }

    /// Applies the changes to the wanted set and to the kernel, and returns the outcome of each.
    ///
    /// When several changes are for one address, only the last one takes effect, and all of them get its result. An
    /// installation that fails leaves the wanted set as it was. A removal that fails does not bring the address back.
    /// Both may be repeated. Allocates nothing unless something goes wrong.
    /// - Precondition: there are as many results as changes.
    public func apply(_ changes: Span<RouteChange>, _ results: inout MutableSpan<RouteResult>) {
        precondition(results.count == changes.count, "there must be one result per change")
        let needsReconciliation = state.withLock { state in
            state.apply(changes, &results)
            return state.needsReconciliation
        }
        if needsReconciliation { attention.signal() }
    }

    /// Ends ``RouteKeeper/run()``.
    public func stop() {
        withState { $0.isStopped = true }
        attention.signal()
    }

    func withState<Result>(_ body: (inout RouteState<Kernel>) -> Result) -> Result {
        state.withLock { body(&$0) }
    }

    /// Performs operations batch by batch and releases the lock in between, so that others can use it.
    /// - Parameter sequence: the wanted set's change sequence when the operations were decided.
    /// - Parameter progress: is called now and then with the number of finished operations and the total.
    func perform(
        _ operations: [RouteOperation], untouchedSince sequence: UInt64,
        _ progress: (_ done: Int, _ total: Int) -> Void
    ) -> ReconcileReport {
        let progressStep = 32 * RouteWriter.capacity
        var report = ReconcileReport()
        var done = 0
        while done < operations.count {
            let chunk = operations[done..<min(done + RouteWriter.capacity, operations.count)]
            withState { state in
                state.perform(chunk, untouchedSince: sequence) { report.count($0, $1) }
            }
            done += chunk.count
            if done % progressStep == 0 || done == operations.count { progress(done, operations.count) }
        }
        return report
    }
}
