import LinuxSystem

/// Changes that are on the disk but that the kernel refused to route. Each is retried until the kernel accepts it, and
/// is given up when `patienceMilliseconds` of the change are over.
///
/// A client whose lease is stalled has not been sent an ACK. Giving up takes a new lease back, on the disk as well.
/// A lease that was to be renewed stays as it was.
struct StalledChanges: Sendable {
    static let retryMilliseconds: UInt64 = 100

    struct Entry: Sendable {
        var commit: PendingCommit
        var queue: Int
        /// When to act next: retry, or end the change once `giveUpAt` has passed.
        var nextTry: BootTime
        var giveUpAt: BootTime
    }

    private(set) var entries: [Entry] = []

    /// - Parameter capacity: how many changes can be in flight.
    init(capacity: Int) { entries.reserveCapacity(capacity) }

    /// When to act next on any entry.
    var nextTry: BootTime {
        var earliest = BootTime.never
        for index in entries.indices { earliest = min(earliest, entries[index].nextTry) }
        return earliest
    }

    mutating func append(_ commit: PendingCommit, queue: Int, now: BootTime) {
        let giveUpAt = now + UInt64(commit.change.patienceMilliseconds)
        entries.append(Entry(commit: commit, queue: queue, nextTry: now + Self.retryMilliseconds, giveUpAt: giveUpAt))
    }

    /// What to do with an entry now.
    enum Action { case wait, retry, end }

    func action(_ index: Int, at now: BootTime) -> Action {
        guard entries[index].nextTry <= now else { return .wait }
        return entries[index].giveUpAt <= now ? .end : .retry
    }

    mutating func postpone(_ index: Int, at now: BootTime) { entries[index].nextTry = now + Self.retryMilliseconds }

    /// Removes an entry. The last entry takes its place.
    mutating func remove(at index: Int) -> Entry {
        entries.swapAt(index, entries.count - 1)
        return entries.removeLast()
    }
}
