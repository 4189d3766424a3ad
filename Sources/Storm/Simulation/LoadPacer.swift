/// Decides when the next client begins its round.
struct LoadPacer: Sendable {
    private let shape: LoadShape
    /// When the first client begins.
    private let start: UInt64
    /// The end of the time in which clients begin.
    let end: UInt64
    private var startedCount = 0
    /// The first client of an avalanche that may still have a frame in a ring. Clients begin in the order of their
    /// numbers.
    private var unsettled = 0

    init(_ shape: LoadShape, from start: UInt64, for duration: Duration?) {
        self.shape = shape
        self.start = start
        end = duration.map { start &+ $0.nanoseconds } ?? .max
    }

    /// The time from which the next client's round counts, or nil if it is not yet time for one. The caller begins the
    /// round.
    mutating func next(at now: UInt64, activeCount: Int, clients: [SimulatedClient]) -> UInt64? {
        guard now < end else { return nil }
        let begin: UInt64
        switch shape {
        case .avalanche(let burst):
            while unsettled < startedCount, clients[unsettled].hasSettled(at: now) { unsettled += 1 }
            guard startedCount - unsettled < burst else { return nil }
            begin = start
        case .closed(let window):
            guard activeCount < window else { return nil }
            begin = now
        case .open(let perSecond):
            begin = nextScheduled(perSecond)
            guard begin <= now else { return nil }
        }
        startedCount += 1
        return begin
    }

    /// The nanoseconds until the next client may begin even if no frame arrives, at most `limit`.
    func nanosecondsUntilNext(at now: UInt64, limit: UInt64) -> UInt64 {
        guard now < end else { return limit }
        switch shape {
        case .avalanche: return min(limit, LoadShape.patienceNanoseconds / 10)
        case .closed: return min(limit, end - now)
        case .open(let perSecond):
            let begin = nextScheduled(perSecond)
            return begin <= now ? 0 : min(limit, begin - now)
        }
    }

    private func nextScheduled(_ perSecond: Double) -> UInt64 {
        start &+ UInt64(Double(startedCount) / perSecond * 1e9)
    }
}
