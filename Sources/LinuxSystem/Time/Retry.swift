/// Decides when to try again what failed, and which failures deserve a line in the log.
///
/// The first attempt follows after half a second; each further one after twice the time, up to ten seconds. There is no
/// last one.
public struct Retry: Sendable {
    static let shortestMilliseconds: UInt64 = 500
    static let longestMilliseconds: UInt64 = 10_000
    /// How long a failure that stays the same is not reported again.
    static let quietMilliseconds: UInt64 = 60_000

    private var nextDelay = shortestMilliseconds
    private var reported: (failure: String, at: BootTime)?

    /// What to do about a failure.
    public struct Advice: Equatable, Sendable {
        /// How long to wait before the next attempt.
        public var delayMilliseconds: UInt64
        /// Whether to report it: it is the first, another one than before, or the last report is a minute old.
        public var isNews: Bool
    }

    public init() {}

    /// - Parameter failure: what failed and why, in the same words for as long as it is the same.
    public mutating func recordFailure(_ failure: String, now: BootTime) -> Advice {
        let isNews = reported.map { $0.failure != failure || now >= $0.at + Self.quietMilliseconds } ?? true
        if isNews { reported = (failure, now) }
        defer { nextDelay = min(nextDelay * 2, Self.longestMilliseconds) }
        return Advice(delayMilliseconds: nextDelay, isNews: isNews)
    }

    /// - Returns: whether the attempt before had failed.
    @discardableResult
    public mutating func recordSuccess() -> Bool {
        defer { self = Retry() }
        return reported != nil
    }
}
