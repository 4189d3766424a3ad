/// When to retry after a failure: half a second later at first, then each time twice as long, up to ten seconds.
struct RetryTime: Hashable, Sendable {
    private var delay = shortest

    private static let shortest = Duration.milliseconds(500)
    private static let longest = Duration.seconds(10)

    /// Records a failure, and returns when to retry.
    mutating func next(after now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        defer { delay = min(delay * 2, Self.longest) }
        return now + delay
    }

    mutating func reset() { delay = Self.shortest }
}
