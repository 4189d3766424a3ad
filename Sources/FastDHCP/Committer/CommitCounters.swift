import LinuxSystem

/// What the committer has done since it started. Written by its thread, read by any thread.
public final class CommitCounters: Sendable {
    private let words = AtomicWords(count: 9)
    private enum Word {
        static let committed = 0
        static let failed = 1
        static let batches = 2
        static let unsentReplies = 3
        static let sentReplies = 4
        static let bound = 5
        static let stalled = 6
        static let incompleteReplies = 7
        static let extended = 8
    }
    /// How many changes a batch had.
    public let batchSizes = Distribution(exponents: 0...9)
    /// How long batches took from the first look at the queues to the last completion, in nanoseconds.
    public let batchTimes = Distribution.ofTimes()

    public init() {}

    /// Changes that are durable and routed, and ends of bindings that are durable although the kernel refused to remove
    /// their routes.
    public var committed: UInt64 { words.loadRelaxed(Word.committed) }
    /// Changes that the disk refused, and bindings that were given up because the kernel refused their routes.
    public var failed: UInt64 { words.loadRelaxed(Word.failed) }
    /// Bindings made or extended, among the committed changes.
    public var bound: UInt64 { words.loadRelaxed(Word.bound) }
    /// Bindings extended, among the bound: their clients had the addresses before.
    public var extended: UInt64 { words.loadRelaxed(Word.extended) }
    /// Changes that were durable when the kernel refused their routes at first.
    public var stalled: UInt64 { words.loadRelaxed(Word.stalled) }
    public var batches: UInt64 { words.loadRelaxed(Word.batches) }
    /// Replies that waited for a commit and were sent.
    public var sentReplies: UInt64 { words.loadRelaxed(Word.sentReplies) }
    /// Replies that had no room for an option that the client asked for.
    public var incompleteReplies: UInt64 { words.loadRelaxed(Word.incompleteReplies) }
    /// Replies that were not sent because the transmit ring was full or there was none.
    public var unsentReplies: UInt64 { words.loadRelaxed(Word.unsentReplies) }

    func count(_ completion: Completion) {
        words.increment(completion.isDurable ? Word.committed : Word.failed)
        if completion.isDurable && completion.change.kind == .bind { words.increment(Word.bound) }
    }
    func countExtended() { words.increment(Word.extended) }
    func countStalled() { words.increment(Word.stalled) }
    func countBatch(of size: Int, nanoseconds: UInt64) {
        words.increment(Word.batches)
        batchSizes.add(UInt64(size))
        batchTimes.add(nanoseconds)
    }
    func countIncompleteReply() { words.increment(Word.incompleteReplies) }
    func countReply(isSent: Bool) { words.increment(isSent ? Word.sentReplies : Word.unsentReplies) }
}
