import LinuxSystem
import Node

/// The descriptors that the daemon may need at the same time.
///
/// Nothing it opens is without a limit, so the total has one. A process that may open as many can always open its journal,
/// leases.json, the rings and netlink sockets again, start a tool, and accept a connection.
enum DescriptorBudget {
    /// For each listener its connections, and one that waits for the place of another.
    private static let connectionCount = 2 * (Connections.limit + 1)
    /// What one daemon has open beside that, with 32 in reserve for files that are replaced and tools that are run.
    private static let fixedCount = 118
    /// A worker's two rings and its eventfd, and the rings again while the bridge changes.
    private static let countPerWorker = 8

    static func count(workers: Int) -> Int { connectionCount + fixedCount + countPerWorker * workers }

    /// Raises the soft limit, and holds what the runtime opens only when it first needs it.
    /// - Throws: when the hard limit is below what the daemon may need.
    static func secure(workers: Int) async throws {
        let limit = DescriptorLimit.raise()
        let needed = count(workers: workers)
        guard limit >= needed else {
            throw OperatorError(
                "the daemon may need \(needed) descriptors at once, and the limit is \(limit); "
                    + "run \"ulimit -n \(needed)\" first, or set LimitNOFILE=\(needed) in its unit")
        }
        // libdispatch makes a clock's timer with the first sleep, and ends the process when it cannot.
        try await Task.sleep(for: .nanoseconds(1), clock: .continuous)
        try await Task.sleep(for: .nanoseconds(1), clock: .suspending)
    }
}
