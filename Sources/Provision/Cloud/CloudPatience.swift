/// How long to wait for a cloud, and how often to retry.
package struct CloudPatience: Sendable {
    /// How many times a call is made before its error is reported, at least 2.
    package var attempts = 7
    /// The longest pause before the second attempt. The limit doubles with each further attempt, up to `longestPause`.
    /// The actual pause is random: between half the limit and all of it.
    package var firstPause = Duration.milliseconds(250)
    package var longestPause = Duration.seconds(8)
    /// The time between two polls of something that changes by itself, and how long to keep polling.
    package var pollInterval = Duration.milliseconds(500)
    package var pollLimit = Duration.seconds(120)
    /// The minimum time between two calls that only read.
    package var readInterval = Duration.milliseconds(250)
    /// The minimum time between two calls that change something.
    package var writeInterval = Duration.milliseconds(100)
    /// How long to wait for the answer to one attempt.
    package var attemptPatience = Duration.seconds(15)
    /// How long to look for a metadata service that is late or busy, as while a host boots.
    package var detectionLimit = Duration.seconds(10)
    /// Called with a line for the operator when a call takes long.
    package var report: @Sendable (String) -> Void = { _ in }
    /// How long to wait for a metadata service, which is either close by or absent.
    package var metadataPatience = Duration.seconds(2)

    package init() {}

    /// A copy with at most 3 attempts, for a service that is either close by or absent.
    var forNeighbours: CloudPatience {
        var patience = self
        patience.attempts = min(attempts, 3)
        return patience
    }

    /// Makes a call, and retries it after passing errors.
    nonisolated(nonsending) func retrying<Value>(_ call: () async throws -> Value) async throws -> Value {
        var pause = firstPause
        let attempts = max(attempts, 2)
        for attempt in 1..<attempts {
            do {
                return try await call()
            } catch let error as CloudError where error.isPassing {
                if error.isLate || pause >= .seconds(2) {
                    report("\(error.call): \(error.code ?? error.message); attempt \(attempt + 1) of \(attempts)")
                }
                // Hosts that were refused at the same time must not retry at the same time.
                try await Task.sleep(for: pause * Double.random(in: 0.5...1))
                pause = min(pause * 2, longestPause)
            }
        }
        return try await call()
    }

    /// Polls until `look` returns a value.
    /// - Throws: `timeOut` if that does not happen within `pollLimit`.
    @discardableResult
    nonisolated(nonsending) func polling<Value>(
        orThrow timeOut: @autoclosure () -> CloudError, _ look: () async throws -> Value?
    ) async throws
        -> Value
    {
        let end = ContinuousClock.now + pollLimit
        while true {
            if let value = try await look() { return value }
            guard ContinuousClock.now < end else { throw timeOut() }
            try await Task.sleep(for: pollInterval)
        }
    }
}

/// Spaces calls so that they stay within a vendor's rate limit.
actor CallPace {
    private let interval: Duration
    private var next = ContinuousClock.now

    init(_ interval: Duration) { self.interval = interval }

    /// Waits for the caller's turn.
    func turn() async throws {
        let now = ContinuousClock.now
        let mine = max(now, next)
        next = mine + interval
        if mine > now { try await Task.sleep(until: mine, clock: .continuous) }
    }
}
