import Addresses

@testable import FastDHCP

/// What happened to a committer's sinks, in order, and how they are to behave.
final class CommitLog {
    /// Changes go by their sequence, replies by their xid, which tests set equal.
    enum Event: Equatable {
        case written([UInt64])
        case routed([UInt64])
        /// With the number of completions that the first worker could see at that moment.
        case sent(UInt64, completionCount: Int)
        case flushed
    }

    var events: [Event] = []
    var isDiskSound = true
    var unroutable: Set<UInt64> = []
    var replyRoom = Int.max

    var sent: [UInt64] {
        events.compactMap { if case .sent(let xid, _) = $0 { xid } else { nil } }
    }
}

struct ScriptedJournal: JournalSink {
    let log: CommitLog

    mutating func commit(_ changes: Span<BindingChange>) -> Bool {
        log.events.append(.written(changes.indices.map { changes[$0].sequence }))
        return log.isDiskSound
    }
}

struct ScriptedRoutes: RouteSink {
    let log: CommitLog

    mutating func apply(_ changes: Span<BindingChange>, isRouted: inout MutableSpan<Bool>) {
        log.events.append(.routed(changes.indices.map { changes[$0].sequence }))
        for index in changes.indices where log.unroutable.contains(changes[index].sequence) { isRouted[index] = false }
    }
}

private struct ScriptedReplies: ReplySink {
    let log: CommitLog
    let queue: CommitQueue

    mutating func send(_ reply: Reply) -> Bool {
        guard log.replyRoom > 0 else { return false }
        log.replyRoom -= 1
        log.events.append(.sent(UInt64(reply.xid), completionCount: queue.completions.count))
        return true
    }

    mutating func flush() { log.events.append(.flushed) }
}

/// What a worker is told of a change.
struct Outcome: Equatable {
    var sequence: UInt64
    var isDurable: Bool

    init(_ sequence: UInt64, _ isDurable: Bool) {
        self.sequence = sequence
        self.isDurable = isDurable
    }
}

/// A committer between queues that a test fills and sinks that do as the log says.
final class CommitBench {
    private var committer: Committer<ScriptedJournal, ScriptedRoutes>
    let counters = CommitCounters()
    private let queues: [CommitQueue]
    private var replies: ScriptedReplies

    init(queueCount: Int = 1, log: CommitLog) throws {
        let queues = try (0..<queueCount).map { _ in try CommitQueue() }
        self.queues = queues
        committer = Committer(
            queues: queues, counters: counters, journal: ScriptedJournal(log: log), routes: ScriptedRoutes(log: log))
        replies = ScriptedReplies(log: log, queue: queues[0])
    }

    /// Puts a change into a queue, with a reply of the same number.
    func append(_ sequence: UInt64, hasReply: Bool, to queue: Int = 0) {
        let start = BootTime(milliseconds: 0)
        let change = BindingChange(
            kind: .bind, worker: UInt8(queue), hasReply: hasReply, isRelayed: false, slotIndex: 0, sequence: sequence,
            address: .unspecified, client: .zero, deadline: start, holdUntil: start)
        var reply = Reply()
        reply.xid = UInt32(sequence)
        let hasRoom = queues[queue].pending.append(PendingCommit(change: change, reply: reply))
        precondition(hasRoom, "a test fills no queue")
    }

    @discardableResult
    func commit() -> Int { committer.commitBatch(replies: &replies) }

    var hasWork: Bool { committer.hasWork }

    /// What a worker would learn now.
    func takeCompletions(of queue: Int = 0) -> [Outcome] {
        let completions = queues[queue].completions
        let count = completions.count
        defer { completions.removeFirst(count) }
        return (0..<count).map { Outcome(completions[$0].change.sequence, completions[$0].isDurable) }
    }
}
