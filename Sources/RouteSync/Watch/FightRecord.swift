/// Counts how often something had to be put back, to notice when it is a fight that nobody wins.
struct FightRecord: Hashable, Sendable {
    private var times: [ContinuousClock.Instant] = []

    private static let limit = 3
    private static let window = Duration.seconds(60)
    /// What follows within this time is still the same fight: a mass removal comes in many pieces.
    private static let sameFight = Duration.seconds(1)

    /// - Returns: whether it is time to stop for a while: three fights within a minute.
    mutating func note(at now: ContinuousClock.Instant) -> Bool {
        times.removeAll { now - $0 > Self.window }
        if let last = times.last, now - last < Self.sameFight { return false }
        times.append(now)
        return times.count >= Self.limit
    }

    mutating func forget() { times.removeAll() }
}
