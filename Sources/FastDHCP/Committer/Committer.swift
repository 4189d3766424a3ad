public import LinuxSystem

/// Makes changes durable and reachable, and only then sends their replies.
///
/// Each round takes what the workers have decided since the last one, up to `BindingChange.batchCapacity` changes, as
/// one batch: one journal write with one sync, and in parallel one netlink batch for the bindings. Meanwhile the
/// workers decide the next batch. A worker learns the outcome before the client can: the completion is queued before
/// the reply is sent.
///
/// The routes of bindings that end are removed only when the end is durable, because until then their clients may use
/// them.
public struct Committer<Disk: JournalSink & ~Copyable, Routes: RouteSink & ~Copyable>: ~Copyable {
    private var batch: CommitBatch
    private var journal: Disk
    private var routes: Routes

    /// - Parameters:
    ///   - queues: one per worker.
    ///   - table: the lease table. Its bindings are durable and routed already.
    public init(
        queues: [CommitQueue], counters: CommitCounters, trace: ExchangeTrace = ExchangeTrace(), table: LeaseTable,
        journal: consuming Disk, routes: consuming Routes
    ) {
        batch = CommitBatch(queues: queues, counters: counters, trace: trace, table: table)
        self.journal = journal
        self.routes = routes
    }

    /// Whether workers have decided changes that `commitBatch` could take now.
    public var hasWork: Bool { batch.hasWork }

    /// When `commitBatch` has something to do even if no worker decides anything.
    public var nextRetry: BootTime { batch.nextRetry }

    /// Commits one batch and sends its replies.
    /// - Returns: how many changes it had.
    @discardableResult
    public mutating func commitBatch(at now: BootTime, replies: inout some ReplySink & ~Copyable) -> Int {
        if now >= batch.nextRetry { retry(at: now, &replies) }
        batch.gather(at: now)
        guard !batch.changes.isEmpty else {
            batch.wakeWorkers()
            return 0
        }
        batch.prepareBindings()
        batch.work.begin(&routes)
        let isDurable = Self.write(batch.changes, to: &journal)
        batch.markSynced()
        Self.finish(&batch, &routes)
        if isDurable {
            batch.completeBindings(&replies, at: now)
            batch.prepareRemovals()
            Self.perform(&batch, &routes)
            batch.completeRemovals(at: now)
        } else {
            batch.prepareUndo(at: now)
            Self.perform(&batch, &routes)
            batch.failAll()
        }
        journal.tidy(isIdle: false)
        return batch.changes.count
    }

    /// Does periodic housekeeping, including work that was put off until nobody waits for a reply.
    public mutating func tidy() { journal.tidy(isIdle: true) }

    /// Makes the fingerprint of an export durable.
    /// - Returns: false when the disk refuses.
    public mutating func record(_ fingerprint: ExportFingerprint) -> Bool { journal.record(fingerprint) }

    private mutating func retry(at now: BootTime, _ replies: inout some ReplySink & ~Copyable) {
        batch.prepareRetry(at: now)
        Self.perform(&batch, &routes)
        batch.completeRetry(&replies, at: now)
    }

    private static func write(_ changes: [BindingChange], to journal: inout Disk) -> Bool {
        journal.commit(changes.span)
    }

    private static func finish(_ batch: inout CommitBatch, _ routes: inout Routes) {
        batch.perform { $0.finish(&routes) }
    }

    private static func perform(_ batch: inout CommitBatch, _ routes: inout Routes) {
        batch.perform { $0.perform(&routes) }
    }
}
