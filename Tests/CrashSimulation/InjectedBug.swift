import FastDHCP

/// A bug put into the wiring on purpose, which the simulation must find.
enum InjectedBug: String, CaseIterable {
    /// A batch counts as durable before it is written.
    case replyBeforeSync = "reply-before-sync"
    /// The end of a binding counts as durable before it is written.
    case reuseBeforeRemoval = "reuse-before-removal"
    case routeAckIgnored = "route-ack-ignored"
    case syncFailureIgnored = "sync-failure-ignored"
    /// The directory is not synced, so a power cut may undo the rename of a new journal.
    case directoryNotSynced = "directory-not-synced"
    /// A restart keeps an address only until the deadline in its record, not until holdUntil.
    case holdIgnored = "hold-ignored"
    /// A start recognizes only the latest two exports, and adopts an earlier one as another program's file.
    case earlierExportWins = "earlier-export-wins"
    /// A deferred message is forgotten when the change that it waits for is decided.
    case deferredMessageLost = "deferred-message-lost"
    /// An engine is told that its changes are durable before the committer has decided them.
    case secondChangeInFlight = "second-change-in-flight"

    /// The leases that the table gets at the start.
    func spoil(_ leases: [RestoredLease]) -> [RestoredLease] {
        guard self == .holdIgnored else { return leases }
        return leases.map { lease in
            var lease = lease
            lease.holdUntil = lease.deadline
            return lease
        }
    }
}

/// The journal that the committer uses, with the injected bug if there is one.
struct BuggyJournal: JournalSink, ~Copyable {
    var journal: Journal<SimulatedDisk>
    let bug: InjectedBug?
    /// Changes that were reported as durable and are not written yet.
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
