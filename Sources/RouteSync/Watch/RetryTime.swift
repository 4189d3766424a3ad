/// When to try again what has failed: after half a second at first, then each time after twice as long, up to ten seconds.
struct RetryTime: Hashable, Sendable {
    private var delay = shortest

    private static let shortest = Duration.milliseconds(500)
    private static let longest = Duration.seconds(10)

    /// Notes a failure.
    mutating func next(after now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        defer { delay = min(delay * 2, Self.longest) }
        return now + delay
    }

    mutating func reset() { delay = Self.shortest }
}
