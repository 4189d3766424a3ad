/// Makes changes durable and reachable, and only then lets their replies go.
///
/// It takes what all workers have decided since the last round as one batch: one journal write with one sync, one
/// netlink batch. While they run, the workers decide the next batch. A worker learns the outcome before the client can:
/// the completion is queued before the reply leaves.
public struct Committer<Journal: JournalSink & ~Copyable, Routes: RouteSink & ~Copyable>: ~Copyable {
    /// How many changes make up a batch at most.
    public static var batchCapacity: Int { 512 }

    private let queues: [CommitQueue]
    private let counters: CommitCounters
    private var journal: Journal
    private var routes: Routes
    /// The batch that is being committed, and where each of its changes came from.
    private var changes: [BindingChange] = []
    private var places: [Place] = []
    private var isRouted: [Bool]
    /// With which queue the next batch begins, so that a busy worker does not starve the others.
    private var firstQueue = 0

    /// Which queue a change stands in, and how far behind its first.
    private struct Place {
        var queue: Int
        var index: Int
    }

    /// - Parameter queues: one per worker.
    public init(
        queues: [CommitQueue], counters: CommitCounters, journal: consuming Journal, routes: consuming Routes
    ) {
        precondition(!queues.isEmpty, "a committer serves at least one worker")
        self.queues = queues
        self.counters = counters
        self.journal = journal
        self.routes = routes
        isRouted = [Bool](repeating: true, count: Self.batchCapacity)
        changes.reserveCapacity(Self.batchCapacity)
        places.reserveCapacity(Self.batchCapacity)
    }

    /// Whether a worker has decided changes that are not committed yet.
    public var hasWork: Bool { queues.contains { $0.pending.count > 0 } }

    /// Commits one batch and sends its replies.
    /// - Returns: how many changes it had.
    @discardableResult
    public mutating func commitBatch(replies: inout some ReplySink & ~Copyable) -> Int {
        gather()
        guard !changes.isEmpty else { return 0 }
        let isDurable = Self.write(changes, to: &journal)
        if isDurable {
            Self.route(changes, through: &routes, isRouted: &isRouted)
        } else {
            for position in changes.indices { isRouted[position] = false }
        }
        complete()
        sendReplies(&replies)
        release()
        return changes.count
    }

    private static func write(_ changes: [BindingChange], to journal: inout Journal) -> Bool {
        journal.commit(changes.span)
    }

    private static func route(
        _ changes: [BindingChange], through routes: inout Routes, isRouted: inout [Bool]
    ) {
        var flags = isRouted.mutableSpan
        routes.apply(changes.span, isRouted: &flags)
    }

    /// Copies the batch's changes together, so that the sinks see one run of memory.
    private mutating func gather() {
        changes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        for offset in queues.indices {
            let queue = (firstQueue + offset) % queues.count
            let count = min(queues[queue].pending.count, Self.batchCapacity - changes.count)
            for index in 0..<count {
                changes.append(queues[queue].pending[index].change)
                places.append(Place(queue: queue, index: index))
                isRouted[changes.count - 1] = true
            }
        }
        firstQueue = (firstQueue + 1) % queues.count
    }

    /// Tells the workers what became of their changes.
    private mutating func complete() {
        for position in changes.indices {
            let completion = Completion(change: changes[position], isDurable: isRouted[position])
            let hasRoom = queues[places[position].queue].completions.append(completion)
            precondition(hasRoom, "a worker has at most as many changes in flight as its queue holds")
            counters.count(completion)
        }
        counters.countBatch()
        for queue in queues { queue.worker.signal() }
    }

    /// Sends the replies of the changes that hold. A client whose reply finds no room asks again.
    private mutating func sendReplies(_ replies: inout some ReplySink & ~Copyable) {
        for position in changes.indices where isRouted[position] && changes[position].hasReply {
            let place = places[position]
            counters.countReply(isSent: replies.send(queues[place.queue].pending[place.index].reply))
        }
        replies.flush()
    }

    /// Gives the places in the queues back.
    private mutating func release() {
        for queue in queues.indices {
            var count = 0
            for place in places where place.queue == queue { count += 1 }
            queues[queue].pending.removeFirst(count)
        }
    }
}
