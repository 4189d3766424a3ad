import Addresses

import LinuxSystem
@testable import FastDHCP

/// What happened to a committer's sinks, in order, and how the sinks behave.
final class CommitLog {
    /// Changes are named by their sequence and replies by their xid; tests set the two equal.
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
    /// The changes whose routes were to be removed.
    var removed: [UInt64] = []

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

    mutating func record(_ fingerprint: ExportFingerprint) -> Bool { log.isDiskSound }
    mutating func tidy(isIdle: Bool) {}
}

struct ScriptedRoutes: RouteSink {
    let log: CommitLog

    private var begun: [BindingChange] = []

    init(log: CommitLog) { self.log = log }

    mutating func begin(_ changes: Span<BindingChange>) {
        precondition(begun.isEmpty, "one batch at a time")
        begun = changes.indices.map { changes[$0] }
    }

    mutating func finish(_ isRouted: inout MutableSpan<Bool>) {
        log.events.append(.routed(begun.map(\.sequence)))
        log.removed += begun.filter { $0.kind != .bind }.map(\.sequence)
        for index in begun.indices { isRouted[index] = !log.unroutable.contains(begun[index].sequence) }
        begun = []
    }
}

private struct ScriptedReplies: ReplySink {
    let log: CommitLog
    let queue: CommitQueue

    mutating func send(_ reply: inout Reply) -> Bool {
        guard log.replyRoom > 0 else { return false }
        log.replyRoom -= 1
        log.events.append(.sent(UInt64(reply.xid), completionCount: queue.completions.count))
        return true
    }

    mutating func flush() { log.events.append(.flushed) }
}

/// What a worker is told about a change.
struct Outcome: Equatable {
    var sequence: UInt64
    var isDurable: Bool
    var isRouted: Bool

    /// - Parameter isRouted: true unless given.
    init(_ sequence: UInt64, _ isDurable: Bool, isRouted: Bool? = nil) {
        self.sequence = sequence
        self.isDurable = isDurable
        self.isRouted = isRouted ?? true
    }
}

/// A committer between queues that a test fills and sinks that behave as the log says.
final class CommitBench {
    private var committer: Committer<ScriptedJournal, ScriptedRoutes>
    let counters = CommitCounters()
    private let queues: [CommitQueue]
    private var replies: ScriptedReplies

    init(queueCount: Int = 1, log: CommitLog) throws {
        let queues = try (0..<queueCount).map { _ in try CommitQueue() }
        self.queues = queues
        committer = Committer(
            queues: queues, counters: counters, table: LeaseTable(pool: pool(of: Self.slotCount)),
            journal: ScriptedJournal(log: log), routes: ScriptedRoutes(log: log))
        replies = ScriptedReplies(log: log, queue: queues[0])
    }

    static let slotCount = 8192
    var now = BootTime(milliseconds: 1_000_000)

    /// Puts a change into a queue, with a reply of the same number.
    /// - Parameter slotIndex: a slot of its own unless given.
    func append(
        _ sequence: UInt64, _ kind: BindingChange.Kind = .bind, hasReply: Bool, slotIndex: UInt32? = nil,
        patience: UInt32 = BindingChange.defaultPatienceMilliseconds, to queue: Int = 0
    ) {
        let start = BootTime(milliseconds: 0)
        let ownSlot = UInt32(queue * 2048) + UInt32(sequence % 2048)
        let change = BindingChange(
            kind: kind, worker: UInt8(queue), hasReply: hasReply, isRelayed: false, slotIndex: slotIndex ?? ownSlot,
            sequence: sequence, address: .unspecified, patienceMilliseconds: patience, client: mac(1), deadline: start,
            holdUntil: start)
        var reply = Reply()
        reply.xid = UInt32(sequence)
        queues[queue].append(change, reply)
    }

    @discardableResult
    func commit() -> Int { committer.commitBatch(at: now, replies: &replies) }

    var nextRetry: BootTime { committer.nextRetry }

    var hasWork: Bool { committer.hasWork }

    /// Takes the outcomes that a worker would learn now.
    func takeCompletions(of queue: Int = 0) -> [Outcome] {
        let completions = queues[queue].completions
        let count = completions.count
        defer { completions.removeFirst(count) }
        return (0..<count).map { index in
            let completion = completions[index]
            return Outcome(completion.change.sequence, completion.isDurable, isRouted: completion.isRouted)
        }
    }

    func prepareToSleep(_ queue: Int = 0) { queues[queue].worker.prepareToSleep() }

    /// Whether a worker that prepared to sleep has not been woken.
    func isAsleep(_ queue: Int = 0) -> Bool { queues[queue].worker.claimSleeper() }

    /// How many places of a worker's queue are not free yet.
    func pendingCount(of queue: Int = 0) -> Int { queues[queue].pending.count }

    /// Commits as the committer's thread does, until that would sleep.
    /// - Returns: how many rounds it took, at most `limit`.
    func run(limit: Int = 100) -> Int {
        for round in 1...limit {
            if commit() == 0, !hasWork, nextRetry > now { return round }
        }
        return limit
    }
}
