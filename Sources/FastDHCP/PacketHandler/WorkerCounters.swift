import LinuxSystem

/// Counters of what one worker has received and done since it started. Its thread writes them; any thread may read
/// them.
public final class WorkerCounters: Sendable {
    private static let typeCount = 9
    private static let received = 0
    private static let sent = received + typeCount
    private static let drops = sent + typeCount
    private static let silences = drops + DropReason.allCases.count
    private static let ringReceived = silences + SilenceReason.allCases.count
    private static let ringLost = ringReceived + 1
    private static let unsentReplies = ringLost + 1
    private static let incompleteReplies = unsentReplies + 1
    private static let completions = incompleteReplies + 1
    private static let ticks = completions + 1

    private let words = AtomicWords(count: ticks + 1)

    public init() {}

    /// Messages of this type that were passed to the engine.
    public func received(_ type: MessageType) -> UInt64 { words.loadRelaxed(Self.received + Int(type.rawValue)) }
    /// Replies of this type that were sent at once. The committer counts those that waited for a commit. An ACK that
    /// answers an INFORM grants nothing and counts as `.inform`.
    public func sent(_ type: MessageType) -> UInt64 { words.loadRelaxed(Self.sent + Int(type.rawValue)) }
    /// Frames that were dropped for this reason.
    public func dropped(_ reason: DropReason) -> UInt64 { words.loadRelaxed(Self.drops + Int(reason.rawValue)) }
    /// Messages that got no answer for this reason.
    public func silenced(_ reason: SilenceReason) -> UInt64 {
        words.loadRelaxed(Self.silences + Int(reason.rawValue))
    }
    /// Frames that the kernel put into the receive ring.
    public var ringReceivedCount: UInt64 { words.loadRelaxed(Self.ringReceived) }
    /// Frames that the kernel lost because the receive ring was full.
    public var ringLostCount: UInt64 { words.loadRelaxed(Self.ringLost) }
    /// Replies that were not sent because the transmit ring was full or the interface was gone.
    public var unsentReplyCount: UInt64 { words.loadRelaxed(Self.unsentReplies) }

    /// Replies that lack an option that the client asked for, because there was no room for it.
    public var incompleteReplyCount: UInt64 { words.loadRelaxed(Self.incompleteReplies) }

    /// How often the thread did its periodic housekeeping: once a second while it is working.
    public var tickCount: UInt64 { words.loadRelaxed(Self.ticks) }

    /// Changes whose outcome the table shows. A thread that reads the table after this number sees those outcomes.
    // ORDERING: acquiring; pairs with the store in `countCompletions`.
    public var completionCount: UInt64 { words.loadAcquiring(Self.completions) }

    @inline(__always)
    func countReceived(_ type: MessageType) { words.increment(Self.received + Int(type.rawValue)) }
    @inline(__always)
    func countSent(_ type: MessageType, hasAddress: Bool) {
        let isInformation = type == .ack && !hasAddress
        words.increment(Self.sent + Int((isInformation ? MessageType.inform : type).rawValue))
    }
    @inline(__always)
    func countDrop(_ reason: DropReason, by amount: UInt64 = 1) {
        words.increment(Self.drops + Int(reason.rawValue), by: amount)
    }
    @inline(__always)
    func countSilence(_ reason: SilenceReason) { words.increment(Self.silences + Int(reason.rawValue)) }
    func countCompletions(_ count: Int) {
        // ORDERING: releasing; a thread that sees the number also sees what the table shows.
        words.storeReleasing(Self.completions, words.loadRelaxed(Self.completions) &+ UInt64(count))
    }
    func countTick() { words.increment(Self.ticks) }
    func countIncompleteReply() { words.increment(Self.incompleteReplies) }
    func countUnsentReply() { words.increment(Self.unsentReplies) }
    func count(_ statistics: RingStatistics) {
        words.increment(Self.ringReceived, by: statistics.receivedCount)
        words.increment(Self.ringLost, by: statistics.droppedCount)
    }
}
