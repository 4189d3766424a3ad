/// One batch of changes on its way through the committer: what they are, where they came from, what became of them.
///
/// Apart from `Committer`, because that is generic over another module's sinks and so is not specialized: the loops over
/// changes are here.
struct CommitBatch: Sendable {
    static let capacity = 512

    private let queues: [CommitQueue]
    private let counters: CommitCounters
    private let trace: ExchangeTrace
    /// What the journal is to write: the workers' changes, and behind them the leases that are given up.
    private(set) var changes: [BindingChange] = []
    /// From which queue how many of the changes came, in their order.
    private var runs: [Run] = []
    /// How many of the changes are the workers'.
    private var gatheredCount = 0
    /// For each of them, when its address is given up, if it stalled already.
    private var deadlines: [BootTime?] = []
    private var bindings: RoutedBindings
    private var stalled = StalledChanges(capacity: capacity)
    /// Stalled leases whose end this batch brings, by their slots.
    private var abandoned: [UInt32] = []
    private(set) var work = RouteWork(capacity: capacity)
    /// When this batch was begun, when it was on the disk, and when it was routed, in nanoseconds since boot.
    private var begunAt: UInt64 = 0
    private var syncedAt: UInt64 = 0
    private var routedAt: UInt64 = 0
    /// With which queue the next batch begins, so that a busy worker does not starve the others.
    private var firstQueue = 0

    private struct Run {
        var queue: Int
        var count: Int
    }

    init(queues: [CommitQueue], counters: CommitCounters, trace: ExchangeTrace, table: LeaseTable) {
        precondition(!queues.isEmpty, "a committer serves at least one worker")
        self.queues = queues
        self.counters = counters
        self.trace = trace
        bindings = RoutedBindings(table)
        changes.reserveCapacity(Self.capacity)
        runs.reserveCapacity(queues.count)
        deadlines.reserveCapacity(Self.capacity)
        abandoned.reserveCapacity(Self.capacity)
    }

    /// Whether a worker has decided changes that are not committed yet.
    var hasWork: Bool { queues.contains { $0.pending.count > 0 } }

    /// When there is something to do even if no worker decides anything.
    var nextRetry: BootTime { stalled.nextRetry }
}

// MARK: Gathering

extension CommitBatch {
    /// Copies what the workers have decided together, so that the sinks see one run of memory; at most one change of an
    /// address, the next of it waits for the next batch.
    mutating func gather(at now: BootTime) {
        begunAt = BootTime.nanosecondsNow()
        changes.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        deadlines.removeAll(keepingCapacity: true)
        abandoned.removeAll(keepingCapacity: true)
        bindings.beginBatch()
        for offset in queues.indices { gather(from: (firstQueue + offset) % queues.count) }
        firstQueue = (firstQueue + 1) % queues.count
        gatheredCount = changes.count
        abandonOverdue(at: now)
    }

    private mutating func gather(from queue: Int) {
        let pending = queues[queue].pending
        let limit = min(pending.count, Self.capacity - changes.count - stalled.entries.count)
        var count = 0
        while count < limit {
            let change = pending[count].change
            guard bindings.enter(Int(change.slotIndex)) else { break }
            changes.append(change)
            deadlines.append(supersede(change.slotIndex))
            count += 1
        }
        if count > 0 { runs.append(Run(queue: queue, count: count)) }
    }

    /// A change that stalled gives way to a later one of the same address, and to its deadline.
    private mutating func supersede(_ slotIndex: UInt32) -> BootTime? {
        guard !stalled.isEmpty, let index = stalled.index(ofSlot: slotIndex) else { return nil }
        let entry = stalled.remove(at: index)
        // A binding without a route never held; a removal does without one.
        let isDone = entry.commit.change.kind != .bind
        if isDone { bindings.unbind(Int(slotIndex)) }
        complete(entry.commit.change, isDone: isDone, queue: entry.queue)
        return entry.giveUpAt
    }

    /// Ends what stalled for too long: a new binding is taken back; an extended one stays what it was, a removed one gone.
    private mutating func abandonOverdue(at now: BootTime) {
        var index = 0
        while index < stalled.entries.count {
            let change = stalled.entries[index].commit.change
            guard stalled.entries[index].giveUpAt <= now else {
                index += 1
                continue
            }
            if change.kind == .bind, !bindings.isBound(Int(change.slotIndex), to: change.client) {
                abandoned.append(change.slotIndex)
                changes.append(change.withdrawal(at: now))
                index += 1
            } else {
                let entry = stalled.remove(at: index)
                if change.kind != .bind { bindings.unbind(Int(change.slotIndex)) }
                complete(change, isDone: change.kind != .bind, queue: entry.queue)
            }
        }
    }
}

// MARK: Routing

extension CommitBatch {
    /// The new and extended bindings of the batch: their routes may be made while they are written.
    mutating func prepareBindings() {
        work.removeAll()
        for position in 0..<gatheredCount where changes[position].kind == .bind {
            work.append(changes[position], tag: position)
        }
    }

    /// The bindings that did not become durable: as far as they are new, their routes go again, those that failed as well,
    /// since the kernel may have a part of them.
    mutating func prepareUndo(at now: BootTime) {
        let attempted = work
        work.removeAll()
        for change in attempted.changes {
            guard !bindings.isBound(Int(change.slotIndex), to: change.client) else { continue }
            work.append(change.withdrawal(at: now))
        }
        // A removal that took the place of a stalled binding: what the kernel has of that goes now, nobody tries it again.
        for position in 0..<gatheredCount where changes[position].kind != .bind && deadlines[position] != nil {
            let change = changes[position]
            if !bindings.isBound(Int(change.slotIndex), to: change.client) { work.append(change) }
        }
    }

    /// The bindings that ended: their routes go when that is durable.
    mutating func prepareRemovals() {
        work.removeAll()
        for position in changes.indices where changes[position].kind != .bind {
            work.append(changes[position], tag: position)
        }
    }

    /// What is given up is not tried again: if the disk refuses its end, it may hold that all the same.
    mutating func prepareRetry(at now: BootTime) {
        work.removeAll()
        for (index, entry) in stalled.entries.enumerated() where entry.giveUpAt > now {
            work.append(entry.commit.change, tag: index)
        }
    }

    mutating func perform(_ body: (inout RouteWork) -> Void) { body(&work) }
}

// MARK: Measuring

extension CommitBatch {
    mutating func noteSynced() { syncedAt = BootTime.nanosecondsNow() }
    mutating func noteRouted() { routedAt = BootTime.nanosecondsNow() }
}

// MARK: Completing

extension CommitBatch {
    /// The disk refused: nothing of the batch happened.
    func failAll() {
        var position = 0
        for run in runs {
            for _ in 0..<run.count {
                complete(changes[position], isDone: false, queue: run.queue)
                position += 1
            }
        }
        finish()
    }

    /// Tells the workers of the bindings that are durable and routed, and then lets their replies go.
    mutating func completeBindings(_ replies: inout some ReplySink & ~Copyable, at now: BootTime) {
        var workIndex = 0
        forEachGathered { batch, position, queue, place in
            let change = batch.changes[position]
            guard change.kind == .bind else { return }
            if batch.work.isRouted[workIndex] {
                let isKnown = batch.bindings.isBound(Int(change.slotIndex), to: change.client)
                batch.bindings.bind(Int(change.slotIndex), to: change.client)
                batch.complete(change, isDone: true, isKnown: isKnown, queue: queue)
            } else {
                batch.stall(position, queue: queue, place: place, at: now)
            }
            workIndex += 1
        }
        workIndex = 0
        forEachGathered { batch, position, queue, place in
            guard batch.changes[position].kind == .bind else { return }
            if batch.work.isRouted[workIndex], batch.changes[position].hasReply {
                let pending = batch.queues[queue].pending
                batch.send(&pending[place].reply, to: &replies)
            }
            workIndex += 1
        }
        replies.flush()
    }

    /// Tells the workers of the bindings that ended, those that were given up among them.
    mutating func completeRemovals(at now: BootTime) {
        var workIndex = 0
        forEachGathered { batch, position, queue, place in
            let change = batch.changes[position]
            guard change.kind != .bind else { return }
            if batch.work.isRouted[workIndex] {
                batch.bindings.unbind(Int(change.slotIndex))
                batch.complete(change, isDone: true, queue: queue)
            } else {
                batch.stall(position, queue: queue, place: place, at: now)
            }
            workIndex += 1
        }
        for slotIndex in abandoned {
            guard let index = stalled.index(ofSlot: slotIndex) else { continue }
            let entry = stalled.remove(at: index)
            complete(entry.commit.change, isDone: false, queue: entry.queue)
        }
        finish()
    }

    /// Tells the workers of what was routed at last.
    mutating func completeRetry(_ replies: inout some ReplySink & ~Copyable, at now: BootTime) {
        for workIndex in work.changes.indices.reversed() where work.isRouted[workIndex] {
            let entry = stalled.remove(at: work.tags[workIndex])
            let change = entry.commit.change
            if change.kind == .bind {
                bindings.bind(Int(change.slotIndex), to: change.client)
            } else {
                bindings.unbind(Int(change.slotIndex))
            }
            complete(change, isDone: true, queue: entry.queue)
            var reply = entry.commit.reply
            if change.hasReply { send(&reply, to: &replies) }
        }
        replies.flush()
        stalled.noteRetry(at: now)
        for queue in queues { queue.worker.signal() }
    }

    private mutating func stall(_ position: Int, queue: Int, place: Int, at now: BootTime) {
        counters.countStalled()
        trace.append(TraceEntry(.stalled, changes[position].client, changes[position].address, at: routedAt))
        stalled.append(queues[queue].pending[place], queue: queue, since: deadlines[position], now: now)
    }

    /// - Parameter isKnown: whether the client of a binding had it before.
    private func complete(_ change: BindingChange, isDone: Bool, isKnown: Bool = false, queue: Int) {
        trace.append(change, isDone: isDone, isKnown: isKnown, syncedAt: syncedAt, routedAt: routedAt)
        let completion = Completion(change: change, isDurable: isDone)
        let hasRoom = queues[queue].completions.append(completion)
        precondition(hasRoom, "a worker has at most as many changes in flight as its queue holds")
        counters.count(completion)
    }

    private func send(_ reply: inout Reply, to replies: inout some ReplySink & ~Copyable) {
        let isSent = replies.send(&reply)
        counters.countReply(isSent: isSent)
        guard isSent else { return }
        trace.append(
            TraceEntry(.ack, reply.chaddr, reply.yiaddr, at: BootTime.nanosecondsNow(), number: reply.xid))
    }

    /// Gives the places in the queues back.
    private func finish() {
        for run in runs { queues[run.queue].pending.removeFirst(run.count) }
        counters.countBatch(of: changes.count, nanoseconds: BootTime.nanosecondsNow() - begunAt)
        for queue in queues { queue.worker.signal() }
    }

    private mutating func forEachGathered(_ body: (inout CommitBatch, Int, Int, Int) -> Void) {
        var position = 0
        for run in runs {
            for place in 0..<run.count {
                body(&self, position, run.queue, place)
                position += 1
            }
        }
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
