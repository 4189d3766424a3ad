public import LinuxSystem

/// A change on its way to the disk, and the reply that waits for it.
public struct PendingCommit: BitwiseCopyable, Sendable {
    public var change: BindingChange
    /// Meaningful only when `change.hasReply`.
    public var reply: Reply
    /// Whether the committer has taken the change into a batch.
    var isTaken = false
}

/// The two queues between one worker and the committer: changes one way, their outcomes the other.
///
/// The worker appends a change only while fewer than `limit` are undecided, so neither queue ever overflows.
public final class CommitQueue: Sendable {
    /// How many changes of the worker can be undecided at once.
    public let limit: Int

    public let pending: SingleProducerQueue<PendingCommit>
    public let completions: SingleProducerQueue<Completion>
    /// Wakes the worker when it has completions.
    public let worker: WakeUp

    /// - Parameter limit: a power of two, at most what an engine can have in flight.
    public init(limit: Int = Engine.changesInFlightLimit) throws(SystemError) {
        self.limit = limit
        pending = SingleProducerQueue(capacity: limit)
        completions = SingleProducerQueue(capacity: limit)
        worker = try WakeUp()
    }

    /// Passes a change to the committer, with the reply that waits for it. Only the worker calls this.
    /// - Precondition: fewer than `limit` changes are undecided.
    @inline(__always)
    public func append(_ change: BindingChange, _ reply: Reply) {
        let hasRoom = pending.append { commit in
            commit.change = change
            commit.reply = reply
            commit.isTaken = false
        }
        precondition(hasRoom, "a worker appends a change only while fewer than `limit` are undecided")
    }
}
