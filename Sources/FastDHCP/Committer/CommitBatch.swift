import LinuxSystem

/// One batch of changes on its way through the committer, which gathers it, has it written and routed, completes it, and
/// tries again what the kernel refused.
///
/// Apart from `Committer`, because that is generic over another module's sinks and so is not specialized: the loops over
/// changes are here.
struct CommitBatch: Sendable {
    private let queues: [CommitQueue]
    private let counters: CommitCounters
    private let trace: ExchangeTrace
    private var entries: [Entry] = []
    /// The changes of the entries, as the journal takes them.
    private(set) var changes: [BindingChange] = []
    private var bindings: RoutedBindings
    private var stalled: StalledChanges
    private(set) var work = RouteWork(capacity: BindingChange.batchCapacity)
    /// When this batch was begun, when it was on the disk, and when it was routed, in nanoseconds since boot.
    private var begunAt: UInt64 = 0
    private var syncedAt: UInt64 = 0
    private var routedAt: UInt64 = 0
    /// With which queue the next batch begins, so that a busy worker does not starve the others.
    private var firstQueue = 0
    /// Whether workers have completions of which they were not told.
    private var hasNews = false

    /// One change of the batch.
    private struct Entry {
        var change: BindingChange
        var origin: Origin
        var isRouted = false
    }

    private enum Origin {
        /// A worker decided it; its reply stands at that place in the queue.
        case queue(Int, place: Int)
        /// It takes back a stalled binding, the one at that index.
        case stalled(Int)
    }

    init(queues: [CommitQueue], counters: CommitCounters, trace: ExchangeTrace, table: LeaseTable) {
        precondition(!queues.isEmpty, "a committer serves at least one worker")
        self.queues = queues
        self.counters = counters
        self.trace = trace
        bindings = RoutedBindings(table)
        stalled = StalledChanges(capacity: queues.reduce(0) { $0 + $1.limit })
        entries.reserveCapacity(BindingChange.batchCapacity)
        changes.reserveCapacity(BindingChange.batchCapacity)
    }

    /// Whether workers have decided changes that a batch could take now.
    var hasWork: Bool {
        queues.contains { queue in
            (0..<queue.pending.count).contains { place in
                !queue.pending[place].isTaken && !bindings.isHeld(Int(queue.pending[place].change.slotIndex))
            }
        }
    }

    /// When there is something to do even if no worker decides anything.
    var nextRetry: BootTime { stalled.nextTry }
}

// MARK: Gathering

extension CommitBatch {
    /// Takes what the workers have decided, in their order, and adds the ends of bindings that are given up.
    ///
    /// At most one change of an address: the next of it is passed over, and waits for the next batch. So is a change of
    /// an address that is stalled, until that is decided.
    mutating func gather(at now: BootTime) {
        begunAt = BootTime.nanosecondsNow()
        entries.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        bindings.beginBatch()
        for offset in queues.indices { gather(from: (firstQueue + offset) % queues.count) }
        firstQueue = (firstQueue + 1) % queues.count
        endOverdue(at: now)
    }

    private mutating func gather(from queue: Int) {
        let pending = queues[queue].pending
        for place in 0..<pending.count where !pending[place].isTaken {
            guard entries.count < BindingChange.batchCapacity else { return }
            let change = pending[place].change
            guard bindings.enter(Int(change.slotIndex)) else { continue }
            pending[place].isTaken = true
            append(change, .queue(queue, place: place))
        }
    }

    private mutating func append(_ change: BindingChange, _ origin: Origin) {
        entries.append(Entry(change: change, origin: origin))
        changes.append(change)
    }

    /// Ends what stalled for too long: a new binding is taken back; an extended one stays what it was, a removed one gone.
    private mutating func endOverdue(at now: BootTime) {
        var index = 0
        while index < stalled.entries.count {
            guard stalled.action(index, at: now) == .end else {
                index += 1
                continue
            }
            let change = stalled.entries[index].commit.change
            if change.kind == .bind, !bindings.isBound(Int(change.slotIndex), to: change.client) {
                // The next batch goes on.
                guard entries.count < BindingChange.batchCapacity else { return }
                // If the disk refuses that, it is tried again later.
                stalled.postpone(index, at: now)
                append(change.withdrawal(at: now), .stalled(index))
                index += 1
            } else {
                completeStalled(at: index, isDone: change.kind != .bind, isRouted: false)
            }
        }
    }
}

// MARK: Routing

extension CommitBatch {
    /// The new and extended bindings of the batch: their routes may be made while they are written.
    mutating func prepareBindings() { prepare { $0 == .bind } }

    /// The bindings that ended: their routes go when that is durable.
    mutating func prepareRemovals() { prepare { $0 != .bind } }

    private mutating func prepare(_ isMeant: (BindingChange.Kind) -> Bool) {
        work.removeAll()
        for index in entries.indices where isMeant(entries[index].change.kind) {
            work.append(entries[index].change, tag: index)
        }
    }

    /// The bindings that did not become durable: as far as they are new, their routes go again, those that failed as well,
    /// since the kernel may have a part of them.
    mutating func prepareUndo(at now: BootTime) {
        work.removeAll()
        for index in entries.indices {
            let change = entries[index].change
            guard change.kind == .bind, !bindings.isBound(Int(change.slotIndex), to: change.client) else { continue }
            work.append(change.withdrawal(at: now))
        }
    }

    /// What is given up is not tried again: if the disk refuses its end, it may hold that all the same.
    mutating func prepareRetry(at now: BootTime) {
        work.removeAll()
        for index in stalled.entries.indices where !work.isFull && stalled.action(index, at: now) == .retry {
            work.append(stalled.entries[index].commit.change, tag: index)
        }
    }

    mutating func perform(_ body: (inout RouteWork) -> Void) { body(&work) }

    /// Takes over which of the entries in `work` the kernel has.
    private mutating func takeRouteOutcomes() {
        for index in work.tags.indices { entries[work.tags[index]].isRouted = work.isRouted[index] }
        routedAt = BootTime.nanosecondsNow()
    }

    mutating func markSynced() { syncedAt = BootTime.nanosecondsNow() }
}

// MARK: Completing

extension CommitBatch {
    /// The disk refused: nothing of the batch happened.
    mutating func failAll() {
        routedAt = BootTime.nanosecondsNow()
        for index in entries.indices {
            guard case .queue(let queue, _) = entries[index].origin else { continue }
            complete(entries[index].change, isDone: false, queue: queue)
        }
        finish()
    }

    /// Tells the workers of the bindings that are durable and routed, and then lets their replies go.
    mutating func completeBindings(_ replies: inout some ReplySink & ~Copyable, at now: BootTime) {
        takeRouteOutcomes()
        for index in entries.indices where entries[index].change.kind == .bind { settle(index, at: now) }
        for index in entries.indices where entries[index].isRouted && entries[index].change.hasReply {
            guard case .queue(let queue, let place) = entries[index].origin else { continue }
            let pending = queues[queue].pending
            send(&pending[place].reply, to: &replies)
        }
        replies.flush()
    }

    /// Tells the workers of the bindings that ended, those that were given up among them.
    mutating func completeRemovals(at now: BootTime) {
        takeRouteOutcomes()
        // Backwards, since a stalled entry gives its place to the last one.
        for index in entries.indices.reversed() where entries[index].change.kind != .bind { settle(index, at: now) }
        finish()
    }

    /// Completes a durable change, or keeps it as stalled when the kernel does not have it.
    private mutating func settle(_ index: Int, at now: BootTime) {
        let change = entries[index].change
        switch entries[index].origin {
        case .stalled(let stalledIndex):
            completeStalled(at: stalledIndex, isDone: false, isRouted: false)
        case .queue(let queue, _) where entries[index].isRouted:
            let isKnown = bindings.isBound(Int(change.slotIndex), to: change.client)
            bindings.follow(change)
            complete(change, isDone: true, isKnown: isKnown, queue: queue)
        case .queue(let queue, let place):
            counters.countStalled()
            trace.append(TraceEntry(.stalled, change.client, change.address, at: routedAt))
            bindings.hold(Int(change.slotIndex))
            stalled.append(queues[queue].pending[place], queue: queue, now: now)
        }
    }

    /// Tells the workers of what was routed at last.
    mutating func completeRetry(_ replies: inout some ReplySink & ~Copyable, at now: BootTime) {
        routedAt = BootTime.nanosecondsNow()
        // Backwards, since an entry gives its place to the last one.
        for index in work.tags.indices.reversed() {
            let stalledIndex = work.tags[index]
            guard work.isRouted[index] else {
                stalled.postpone(stalledIndex, at: now)
                continue
            }
            var reply = completeStalled(at: stalledIndex, isDone: true, isRouted: true).reply
            if work.changes[index].hasReply { send(&reply, to: &replies) }
        }
        replies.flush()
        tellWorkers()
    }

    /// - Parameter isRouted: whether the kernel followed at last.
    @discardableResult
    private mutating func completeStalled(at index: Int, isDone: Bool, isRouted: Bool) -> PendingCommit {
        let entry = stalled.remove(at: index)
        let change = entry.commit.change
        if isDone { bindings.follow(change) }
        bindings.letGo(Int(change.slotIndex))
        complete(change, isDone: isDone, isRouted: isRouted, queue: entry.queue)
        return entry.commit
    }

    /// - Parameter isKnown: whether the client of a binding had it before.
    private mutating func complete(
        _ change: BindingChange, isDone: Bool, isRouted: Bool = true, isKnown: Bool = false, queue: Int
    ) {
        trace.append(change, isDone: isDone, isKnown: isKnown, syncedAt: syncedAt, routedAt: routedAt)
        let completion = Completion(change: change, isDurable: isDone, isRouted: isRouted)
        let hasRoom = queues[queue].completions.append(completion)
        precondition(hasRoom, "a worker has at most as many changes in flight as its queue holds")
        counters.count(completion)
        hasNews = true
    }

    private func send(_ reply: inout Reply, to replies: inout some ReplySink & ~Copyable) {
        let isSent = replies.send(&reply)
        counters.countReply(isSent: isSent)
        guard isSent else { return }
        trace.append(
            TraceEntry(.ack, reply.chaddr, reply.yiaddr, at: BootTime.nanosecondsNow(), number: reply.xid))
        guard reply.omittedOption != nil else { return }
        counters.countIncompleteReply()
        trace.appendOmission(of: reply)
    }

    /// Gives the places in the queues back, up to the first that was passed over.
    private mutating func finish() {
        for queue in queues {
            let pending = queue.pending
            // Read once: the worker may append a change at any moment.
            let limit = pending.count
            pending.removeFirst((0..<limit).first { !pending[$0].isTaken } ?? limit)
        }
        counters.countBatch(of: changes.count, nanoseconds: BootTime.nanosecondsNow() - begunAt)
        tellWorkers()
    }

    /// Wakes the workers when something was completed since the last time.
    mutating func tellWorkers() {
        guard hasNews else { return }
        hasNews = false
        for queue in queues { queue.worker.signal() }
    }
}

extension BindingChange {
    /// The end of a binding that never held.
    fileprivate func withdrawal(at now: BootTime) -> BindingChange {
        var change = self
        change.kind = .release
        change.hasReply = false
        change.deadline = now
        change.holdUntil = now
        return change
    }
}
