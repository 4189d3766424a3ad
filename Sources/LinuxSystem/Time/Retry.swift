/// Decides when to retry a failed operation, and which failures are worth a line in the log.
///
/// The first retry comes after half a second. The delay doubles with each further failure, up to ten seconds. There is
/// no limit on the number of retries.
public struct Retry: Sendable {
    static let shortestMilliseconds: UInt64 = 500
    static let longestMilliseconds: UInt64 = 10_000
    /// How long an unchanged failure is not reported again.
    static let quietMilliseconds: UInt64 = 60_000

    private var nextDelay = shortestMilliseconds
    private var reported: (failure: String, at: BootTime)?

    /// What to do about a failure.
    public struct Advice: Equatable, Sendable {
        /// How long to wait before the next attempt.
        public var delayMilliseconds: UInt64
        /// Whether to report the failure: it is the first, it differs from the one before, or the last report is a
        /// minute old.
        public var isNews: Bool
    }

    public init() {}

    /// - Parameter failure: what failed and why. The words must stay the same while the failure does.
    public mutating func recordFailure(_ failure: String, now: BootTime) -> Advice {
        let isNews = reported.map { $0.failure != failure || now >= $0.at + Self.quietMilliseconds } ?? true
        if isNews { reported = (failure, now) }
        defer { nextDelay = min(nextDelay * 2, Self.longestMilliseconds) }
        return Advice(delayMilliseconds: nextDelay, isNews: isNews)
    }

    /// - Returns: whether there was a failure before this success.
    @discardableResult
    public mutating func recordSuccess() -> Bool {
        defer { self = Retry() }
        return reported != nil
    }
}
