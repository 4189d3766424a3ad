import FastDHCP

/// The values from which one metrics page is made.
struct MetricsReading: Sendable {
    let status: StatusView
    let serving: ServingState
    let routes: RouteCounters
    let node: NodeKeeper
    let commits: CommitCounters
    let policy: ClientPolicy
    let pool: PoolCounts
    private let workers: [WorkerCounters]

    init(_ status: StatusView, _ serving: ServingState, _ routes: RouteCounters, _ node: NodeKeeper) {
        self.status = status
        self.serving = serving
        self.routes = routes
        self.node = node
        commits = status.server.commitCounters
        policy = status.server.policies.present
        pool = status.server.poolCounts
        workers = status.server.workerCounters
    }

    var journal: JournalCounters { status.journal }

    /// The sum of a counter over all workers.
    func sum(_ count: (WorkerCounters) -> UInt64) -> UInt64 { workers.map(count).reduce(0, +) }

    /// Sent replies of a type: those sent at once, and those sent after a commit.
    func sent(_ type: MessageType) -> UInt64 {
        sum { $0.sent(type) } + (type == .ack ? sum { $0.sent(.inform) } + commits.sentReplies : 0)
    }

    /// The number of addresses by state. Each address counts once.
    var addresses: [(values: [String], count: UInt64)] {
        LeaseState.allCases.map { (["\($0)"], UInt64(pool[$0])) } + [(["reserved"], UInt64(pool.reserved))]
    }

    /// The number of messages by type and direction.
    var messages: [(values: [String], count: UInt64)] {
        [MessageType.discover, .request, .decline, .release, .inform].map { type in
            (["\(type)", "in"], sum { $0.received(type) })
        } + [MessageType.offer, .ack, .nak].map { (["\($0)", "out"], sent($0)) }
    }
}
