import LinuxSystem
import Node

/// How many file descriptors the daemon may need at the same time.
///
/// Everything that it opens has a limit, so the total has one. If the process may open that many, it can always reopen its
/// journal, leases.json, the rings and the netlink sockets, start a tool, and accept a connection.
enum DescriptorBudget {
    /// Two listeners, each with its connections and one more that waits to replace an idle one.
    private static let connectionCount = 2 * (Connections.limit + 1)
    /// All other descriptors of a daemon, with a reserve of 32 for files being replaced and tools being run.
    private static let fixedCount = 118
    /// Per worker: two rings and an eventfd, and a second pair of rings while the bridge changes.
    private static let countPerWorker = 8

    static func count(workers: Int) -> Int { connectionCount + fixedCount + countPerWorker * workers }

    /// Raises the soft limit, and makes the runtime open its own descriptors now rather than on first use.
    /// - Throws: when the hard limit is below what the daemon may need.
    static func secure(workers: Int) async throws {
        let limit = DescriptorLimit.raise()
        let needed = count(workers: workers)
        guard limit >= needed else {
            throw OperatorError(
                "the daemon may need \(needed) file descriptors at once, but the limit is \(limit); "
                    + "run \"ulimit -n \(needed)\" first, or set LimitNOFILE=\(needed) in its unit")
        }
        // libdispatch creates a clock's timer at the first sleep, and ends the process if it cannot.
        try await Task.sleep(for: .nanoseconds(1), clock: .continuous)
        try await Task.sleep(for: .nanoseconds(1), clock: .suspending)
    }
}
