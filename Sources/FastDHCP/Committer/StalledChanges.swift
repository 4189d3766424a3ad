import LinuxSystem

/// Changes that are on the disk and that the kernel would not route: each is tried again until it does, and given up when
/// its patience is over.
///
/// A client whose lease stands here has no ACK. Giving up takes the lease back, on the disk as well.
struct StalledChanges: Sendable {
    static let retryMilliseconds: UInt64 = 100

    struct Entry: Sendable {
        var commit: PendingCommit
        var queue: Int
        /// When to do something about it: to try again or, after `giveUpAt`, to end it.
        var nextTry: BootTime
        var giveUpAt: BootTime
    }

    private(set) var entries: [Entry] = []

    /// - Parameter capacity: how many changes can be in flight.
    init(capacity: Int) { entries.reserveCapacity(capacity) }

    /// When there is something to do.
    var nextTry: BootTime {
        var earliest = BootTime.never
        for index in entries.indices { earliest = min(earliest, entries[index].nextTry) }
        return earliest
    }

    mutating func append(_ commit: PendingCommit, queue: Int, now: BootTime) {
        let giveUpAt = now + UInt64(commit.change.patienceMilliseconds)
        entries.append(Entry(commit: commit, queue: queue, nextTry: now + Self.retryMilliseconds, giveUpAt: giveUpAt))
    }

    /// What is to be done with an entry now.
    enum Action { case wait, retry, end }

    func action(_ index: Int, at now: BootTime) -> Action {
        guard entries[index].nextTry <= now else { return .wait }
        return entries[index].giveUpAt <= now ? .end : .retry
    }

    mutating func postpone(_ index: Int, at now: BootTime) { entries[index].nextTry = now + Self.retryMilliseconds }

    /// Removes an entry; the last one takes its place.
    mutating func remove(at index: Int) -> Entry {
        entries.swapAt(index, entries.count - 1)
        return entries.removeLast()
    }
}
