import Histogram

/// How long clients waited.
package struct Latencies: Sendable {
    /// From the first DISCOVER to the OFFER.
    package internal(set) var offer = LatencyHistogram()
    /// From the first REQUEST to the ACK; with rapid commit from the DISCOVER.
    package internal(set) var acknowledgement = LatencyHistogram()
    /// From when the round began, or should have begun, to the ACK.
    package private(set) var lease = LatencyHistogram()
    /// The same for each scenario of a mix, in the mix's order; empty for a single scenario.
    package private(set) var leaseByScenario: [(scenario: Scenario, histogram: LatencyHistogram)] = []

    init(of mix: ScenarioMix) {
        guard mix.single == nil else { return }
        leaseByScenario = mix.parts.map { ($0.scenario, LatencyHistogram()) }
    }

    /// Records how long a client of `scenario` waited for its lease.
    mutating func recordLease(_ nanoseconds: UInt64, of scenario: Scenario) {
        lease.record(nanoseconds)
        for number in leaseByScenario.indices where leaseByScenario[number].scenario == scenario {
            leaseByScenario[number].histogram.record(nanoseconds)
        }
    }
}

/// A histogram of waits in nanoseconds, with fixed memory and three significant digits.
package struct LatencyHistogram: Sendable {
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 100, highestTrackableValue: limit, numberOfSignificantValueDigits: .three)

    /// An hour. Longer waits count as an hour.
    private static let limit: UInt64 = 3_600_000_000_000

    init() {}

    mutating func record(_ nanoseconds: UInt64) { histogram.record(min(nanoseconds, Self.limit)) }

    package var count: UInt64 { histogram.totalCount }
    package var shortest: UInt64 { histogram.min }
    package var longest: UInt64 { histogram.max }
    package var mean: Double { histogram.mean }

    /// The wait that `percentile` percent of the waits did not exceed.
    package func percentile(_ percentile: Double) -> UInt64 { histogram.valueAtPercentile(percentile) }
}
