import FastDHCP

/// A bug put into the wiring on purpose, which the simulation must find.
enum InjectedBug: String, CaseIterable {
    /// A batch counts as durable before it is written.
    case replyBeforeSync = "reply-before-sync"
    /// The end of a binding counts as durable before it is written.
    case reuseBeforeRemoval = "reuse-before-removal"
    case routeAckIgnored = "route-ack-ignored"
    case syncFailureIgnored = "sync-failure-ignored"
    /// The journal's new file has its name in memory only.
    case directoryNotSynced = "directory-not-synced"
    /// A restart keeps an address only as long as the client was told when the record was written.
    case holdIgnored = "hold-ignored"
    /// A start knows only the latest two exports, and takes an earlier one for another program's.
    case earlierExportWins = "earlier-export-wins"
    /// A message that waited for a change in flight is forgotten when that is decided.
    case deferredMessageLost = "deferred-message-lost"
    /// An engine is told that its changes are decided before they are.
    case secondChangeInFlight = "second-change-in-flight"

    /// What the table is given at the start.
    func spoil(_ leases: [RestoredLease]) -> [RestoredLease] {
        guard self == .holdIgnored else { return leases }
        return leases.map { lease in
            var lease = lease
            lease.holdUntil = lease.deadline
            return lease
        }
    }
}

/// The journal as the committer sees it: itself, or with a bug in front of it.
struct BuggyJournal: JournalSink, ~Copyable {
    var journal: Journal<SimulatedDisk>
    let bug: InjectedBug?
    /// What was called durable and is not written yet.
    private var deferred: [BindingChange] = []

    init(_ journal: consuming Journal<SimulatedDisk>, bug: InjectedBug?) {
        self.journal = journal
        self.bug = bug
    }

    mutating func commit(_ changes: Span<BindingChange>) -> Bool {
        let isDeferred: (BindingChange) -> Bool
        switch bug {
        case .replyBeforeSync: isDeferred = { _ in true }
        case .reuseBeforeRemoval: isDeferred = { $0.kind != .bind }
        default: return journal.commit(changes)
        }
        let earlier = deferred
        if !earlier.isEmpty { _ = journal.commit(earlier.span) }
        let all = changes.indices.map { changes[$0] }
        deferred = all.filter(isDeferred)
        let prompt = all.filter { !isDeferred($0) }
        return prompt.isEmpty || journal.commit(prompt.span)
    }

    mutating func record(_ fingerprint: ExportFingerprint) -> Bool { journal.record(fingerprint) }
    mutating func tidy(isIdle: Bool) { journal.tidy(isIdle: isIdle) }
}
