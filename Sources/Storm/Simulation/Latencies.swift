import Histogram

/// How long clients waited.
package struct Latencies: Sendable {
    /// From the first DISCOVER to the OFFER.
    package internal(set) var offer = LatencyHistogram()
    /// From the first REQUEST to the ACK; with rapid commit from the DISCOVER.
    package internal(set) var acknowledgement = LatencyHistogram()
    /// From the moment when the round began, or should have, to the ACK.
    package internal(set) var lease = LatencyHistogram()

    init() {}
}

/// Waits in nanoseconds, in fixed memory and to three significant digits.
package struct LatencyHistogram: Sendable {
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 100, highestTrackableValue: limit, numberOfSignificantValueDigits: .three)

    /// An hour: longer than any client tries. What is longer counts as that.
    private static let limit: UInt64 = 3_600_000_000_000

    init() {}

    mutating func record(_ nanoseconds: UInt64) { histogram.record(min(nanoseconds, Self.limit)) }

    package var count: UInt64 { histogram.totalCount }
    package var shortest: UInt64 { histogram.min }
    package var longest: UInt64 { histogram.max }
    package var mean: Double { histogram.mean }

    /// The wait that `percentile` of a hundred did not exceed.
    package func percentile(_ percentile: Double) -> UInt64 { histogram.valueAtPercentile(percentile) }
}
