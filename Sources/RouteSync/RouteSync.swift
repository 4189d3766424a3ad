public import Addresses
public import LinuxSystem
import Netlink
internal import Synchronization

/// Keeps the kernel's host routes, and the neighbour entries that go with them, equal to a wanted set.
///
/// Two threads share it: the one that commits leases calls ``apply(_:_:)``, and a ``RouteKeeper`` repairs
/// what others break. Whoever writes to the kernel holds the lock for at most one batch, so neither waits for
/// more than that.
public final class RouteSync<Kernel: RouteKernel & ~Copyable>: Sendable {
    /// The bridge that all routes are on.
    public let interfaceName: String
    public let pool: RoutePool
    /// Our writes carry this port in the kernel's notifications.
    let portID: UInt32
    /// Raised to get the keeper's attention.
    let attention: EventCounter
    private let state: Mutex<RouteState<Kernel>>

    /// - Parameter kernel: a connection of its own, opened in the bridge's network namespace.
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

    /// Adds to the wanted set without telling the kernel, for what is known before the first reconciliation.
    /// - Returns: whether the address is in the pool.
    public func expect(_ address: IPv4Address, _ macAddress: MACAddress, withNeighbour: Bool) -> Bool {
        guard let slot = pool.slot(of: address) else { return false }
        withState { $0.wanted.want(slot, macAddress, withNeighbour: withNeighbour) }
        return true
    }

    /// Makes the changes in the wanted set and in the kernel, and tells for each what became of it.
    ///
    /// Changes to one address take effect as the last of them alone, and share its result. An installation
    /// that fails leaves the wanted set as it was; a removal that fails does not bring the address back. Both
    /// may be repeated. Allocates nothing unless something goes wrong.
    /// - Precondition: there are as many results as changes.
    public func apply(_ changes: Span<RouteChange>, _ results: inout MutableSpan<RouteResult>) {
        precondition(results.count == changes.count, "each change has a result")
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

    /// Performs operations batch by batch, so that others have their turn in between.
    /// - Parameter sequence: the wanted set's change sequence when the operations were decided on.
    /// - Parameter progress: is told now and then how many are done, and of how many.
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
