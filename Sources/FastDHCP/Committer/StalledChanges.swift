/// Changes that are on the disk and that the kernel would not route: tried again until it does, and given up after 5 s.
///
/// A client whose lease stands here has no ACK. Giving up takes the lease back, on the disk as well.
struct StalledChanges: Sendable {
    static let retryMilliseconds: UInt64 = 100
    static let patienceMilliseconds: UInt64 = 5_000

    struct Entry: Sendable {
        var commit: PendingCommit
        var queue: Int
        var giveUpAt: BootTime
    }

    private(set) var entries: [Entry] = []
    /// When they are tried again.
    private(set) var nextRetry = BootTime.never

    init(capacity: Int) { entries.reserveCapacity(capacity) }

    var isEmpty: Bool { entries.isEmpty }

    func index(ofSlot slotIndex: UInt32) -> Int? { entries.firstIndex { $0.commit.change.slotIndex == slotIndex } }

    mutating func append(_ commit: PendingCommit, queue: Int, since: BootTime?, now: BootTime) {
        let giveUpAt = since ?? now + Self.patienceMilliseconds
        entries.append(Entry(commit: commit, queue: queue, giveUpAt: giveUpAt))
        nextRetry = min(nextRetry, now + Self.retryMilliseconds)
    }

    mutating func remove(at index: Int) -> Entry {
        defer { if entries.isEmpty { nextRetry = .never } }
        return entries.remove(at: index)
    }

    mutating func noteRetry(at now: BootTime) { nextRetry = entries.isEmpty ? .never : now + Self.retryMilliseconds }
}
