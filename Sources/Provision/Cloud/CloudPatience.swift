/// How long to wait for a cloud, and how often to ask.
package struct CloudPatience: Sendable {
    /// How often a call is made before its error counts.
    package var attempts = 7
    /// The pause before the second attempt; each further one may be twice as long, within `longestPause`.
    package var firstPause = Duration.milliseconds(250)
    package var longestPause = Duration.seconds(8)
    /// The time between two looks at something that changes by itself, and how long to go on looking.
    package var pollInterval = Duration.milliseconds(500)
    package var pollLimit = Duration.seconds(120)
    /// The least time between two calls that read.
    package var readInterval = Duration.milliseconds(250)
    /// The least time between two calls that change something.
    package var writeInterval = Duration.milliseconds(100)
    /// How long a metadata service may take to answer: it is close by, or not there.
    package var metadataPatience = Duration.seconds(2)

    package init() {}

    /// As this one, for a service that is close by or not there at all.
    var forNeighbours: CloudPatience {
        var patience = self
        patience.attempts = min(attempts, 3)
        return patience
    }

    /// Makes a call, again and again as long as it fails in passing.
    nonisolated(nonsending) func retrying<Value>(_ call: () async throws -> Value) async throws -> Value {
        var pause = firstPause
        for _ in 1..<max(attempts, 2) {
            do {
                return try await call()
            } catch let error as CloudError where error.isPassing {
                // Hosts that were refused together must not come back together.
                try await Task.sleep(for: pause * Double.random(in: 0.5...1))
                pause = min(pause * 2, longestPause)
            }
        }
        return try await call()
    }

    /// Looks until there is something to see.
    /// - Throws: `timeOut` when that does not happen in time.
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

/// Keeps calls apart, so that they stay within a vendor's rate.
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
