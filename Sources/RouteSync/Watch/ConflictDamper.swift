/// Detects addresses whose route or neighbour entry a process removes each time it is restored. After three such fights
/// within a minute over one address, that address is left alone for a minute. No other address is affected.
///
/// Identifies addresses by their slots, so it holds at most one record per address of the pool.
struct ConflictDamper: Hashable, Sendable {
    private var records: [Int: Record] = [:]

    /// The fights over one address.
    private struct Record: Hashable, Sendable {
        var latest: ContinuousClock.Instant
        var secondLatest: ContinuousClock.Instant?
        /// When the address is restored again; nil unless it is being left alone.
        var truceEnd: ContinuousClock.Instant?
    }

    private static let window = Duration.seconds(60)
    /// How long an address is left alone.
    static let truce = Duration.seconds(60)
    /// What follows within this time counts as the same fight, because a process removes the route and the neighbour
    /// entry one after the other.
    private static let sameFight = Duration.seconds(1)

    /// Records that these addresses were restored after a process had broken them.
    /// - Returns: the slots that are left alone from now on.
    mutating func recordRepairs(over slots: some Sequence<Int>, at now: ContinuousClock.Instant) -> [Int] {
        records = records.filter { $0.value.truceEnd != nil || now - $0.value.latest <= Self.window }
        return slots.filter { recordRepair(of: $0, at: now) }
    }

    /// - Returns: whether this was the third fight within a minute.
    private mutating func recordRepair(of slot: Int, at now: ContinuousClock.Instant) -> Bool {
        guard var record = records[slot] else {
            records[slot] = Record(latest: now)
            return false
        }
        guard record.truceEnd == nil, now - record.latest >= Self.sameFight else { return false }
        let isThird = record.secondLatest.map { now - $0 <= Self.window } ?? false
        record.secondLatest = record.latest
        record.latest = now
        if isThird { record.truceEnd = now + Self.truce }
        records[slot] = record
        return isThird
    }

    /// Whether the address is being left alone.
    func isTruce(over slot: Int) -> Bool { records[slot]?.truceEnd != nil }

    /// When the next truce ends.
    var nextTruceEnd: ContinuousClock.Instant? { records.values.lazy.compactMap(\.truceEnd).min() }

    /// Forgets the addresses whose truce is over, and returns them.
    mutating func endTruces(at now: ContinuousClock.Instant) -> [Int] {
        let ended = records.filter { $0.value.truceEnd.map { now >= $0 } ?? false }.map(\.key)
        for slot in ended { records[slot] = nil }
        return ended
    }

    mutating func forget() { records.removeAll() }
}
