import LinuxSystem

/// One batch of changes in the committer: gathers the changes, has them written and routed, completes them, and retries
/// what the kernel refused.
///
/// Separate from `Committer`, because `Committer` is generic over the sinks of another module and so is not
/// specialized. The loops over changes are here.
struct CommitBatch: Sendable {
    private let queues: [CommitQueue]
    private let counters: CommitCounters
    private let trace: ExchangeTrace
    private var entries: [Entry] = []
    /// The changes of the entries, in the form that the journal takes.
    private(set) var changes: [BindingChange] = []
    private var bindings: RoutedBindings
    private var stalled: StalledChanges
    private(set) var work = RouteWork(capacity: BindingChange.batchCapacity)
    /// When this batch was begun, when it was on the disk, and when it was routed, in nanoseconds since boot.
    private var begunAt: UInt64 = 0
    private var syncedAt: UInt64 = 0
    private var routedAt: UInt64 = 0
    /// The queue that the next batch begins with. It rotates, so that a busy worker does not starve the others.
    private var firstQueue = 0
    /// Whether completions were queued since the workers were last woken.
    private var hasCompletions = false

    /// One change of the batch.
    private struct Entry {
        var change: BindingChange
        var origin: Origin
        var isRouted = false
    }

    private enum Origin {
        /// A worker decided the change. Its reply is at `place` in that worker's queue.
        case queue(Int, place: Int)
        /// The change takes back a stalled binding. The value is the index of its stalled entry.
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
    /// Gathers the changes that the workers have decided, in their order, and adds the ends of bindings that are given
    /// up.
    ///
    /// A batch has at most one change per address. A second change of an address waits for the next batch. A change of
    /// an address with a stalled change waits until the stalled one is decided.
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

    /// Ends the changes that have stalled for too long. A new binding is taken back. An extended binding stays as it
    /// was before. A removed binding stays removed.
    private mutating func endOverdue(at now: BootTime) {
        var index = 0
        while index < stalled.entries.count {
            guard stalled.action(index, at: now) == .end else {
                index += 1
                continue
            }
            let change = stalled.entries[index].commit.change
            if change.kind == .bind, !bindings.isBound(Int(change.slotIndex), to: change.client) {
                // The next batch ends the rest.
                guard entries.count < BindingChange.batchCapacity else { return }
                // If the disk refuses the withdrawal, it is tried again later.
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
    /// Selects the new and extended bindings of the batch. Their routes may be made while the journal is written.
    mutating func prepareBindings() { prepare { $0 == .bind } }

    /// Selects the bindings that ended. Their routes are removed once the end is durable.
    mutating func prepareRemovals() { prepare { $0 != .bind } }

    private mutating func prepare(_ isMeant: (BindingChange.Kind) -> Bool) {
        work.removeAll()
        for index in entries.indices where isMeant(entries[index].change.kind) {
            work.append(entries[index].change, tag: index)
        }
    }

    /// Selects the new bindings that did not become durable. Their routes are removed again, even those that failed,
    /// since the kernel may have a part of them.
    mutating func prepareUndo(at now: BootTime) {
        work.removeAll()
        for index in entries.indices {
            let change = entries[index].change
            guard change.kind == .bind, !bindings.isBound(Int(change.slotIndex), to: change.client) else { continue }
            work.append(change.withdrawal(at: now))
        }
    }

    /// Selects the stalled changes to try again. A change that is being given up is not among them: even if the disk
    /// refused its end, the end may still have been written.
    mutating func prepareRetry(at now: BootTime) {
        work.removeAll()
        for index in stalled.entries.indices where !work.isFull && stalled.action(index, at: now) == .retry {
            work.append(stalled.entries[index].commit.change, tag: index)
        }
    }

    mutating func perform(_ body: (inout RouteWork) -> Void) { body(&work) }

    /// Records which of the entries in `work` the kernel has.
    private mutating func takeRouteOutcomes() {
        for index in work.tags.indices { entries[work.tags[index]].isRouted = work.isRouted[index] }
        routedAt = BootTime.nanosecondsNow()
    }

    mutating func markSynced() { syncedAt = BootTime.nanosecondsNow() }
}

// MARK: Completing

extension CommitBatch {
    /// Fails every change of the workers, because the disk refused the batch.
    mutating func failAll() {
        routedAt = BootTime.nanosecondsNow()
        for index in entries.indices {
            guard case .queue(let queue, _) = entries[index].origin else { continue }
            complete(entries[index].change, isDone: false, queue: queue)
        }
        finish()
    }

    /// Completes the bindings that are durable and routed, and then sends their replies.
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

    /// Completes the bindings that ended, including those that were given up.
    mutating func completeRemovals(at now: BootTime) {
        takeRouteOutcomes()
        // Backwards, since removing a stalled entry moves the last one into its place.
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

    /// Completes the stalled changes that the kernel has now accepted, and sends their replies.
    mutating func completeRetry(_ replies: inout some ReplySink & ~Copyable, at now: BootTime) {
        routedAt = BootTime.nanosecondsNow()
        // Backwards, since removing an entry moves the last one into its place.
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
        wakeWorkers()
    }

    /// - Parameter isRouted: whether the kernel accepted the change at last.
    @discardableResult
    private mutating func completeStalled(at index: Int, isDone: Bool, isRouted: Bool) -> PendingCommit {
        let entry = stalled.remove(at: index)
        let change = entry.commit.change
        if isDone { bindings.follow(change) }
        bindings.letGo(Int(change.slotIndex))
        complete(change, isDone: isDone, isRouted: isRouted, queue: entry.queue)
        return entry.commit
    }

    /// - Parameter isKnown: for a binding, whether its client had it before.
    private mutating func complete(
        _ change: BindingChange, isDone: Bool, isRouted: Bool = true, isKnown: Bool = false, queue: Int
    ) {
        trace.append(change, isDone: isDone, isKnown: isKnown, syncedAt: syncedAt, routedAt: routedAt)
        let completion = Completion(change: change, isDurable: isDone, isRouted: isRouted)
        let hasRoom = queues[queue].completions.append(completion)
        precondition(hasRoom, "a worker has no more changes in flight than its queue holds")
        counters.count(completion)
        if isDone && isKnown && change.kind == .bind { counters.countExtended() }
        hasCompletions = true
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

    /// Frees the places in the queues, up to the first change that was not taken.
    private mutating func finish() {
        for queue in queues {
            let pending = queue.pending
            // Read once, because the worker may append a change at any moment.
            let limit = pending.count
            pending.removeFirst((0..<limit).first { !pending[$0].isTaken } ?? limit)
        }
        counters.countBatch(of: changes.count, nanoseconds: BootTime.nanosecondsNow() - begunAt)
        wakeWorkers()
    }

    /// Wakes the workers when completions were queued since the last time.
    mutating func wakeWorkers() {
        guard hasCompletions else { return }
        hasCompletions = false
        for queue in queues { queue.worker.signal() }
    }
}

extension BindingChange {
    /// The change that ends a binding which never took effect.
    fileprivate func withdrawal(at now: BootTime) -> BindingChange {
        var change = self
        change.kind = .release
        change.hasReply = false
        change.deadline = now
        change.holdUntil = now
        return change
    }
}
