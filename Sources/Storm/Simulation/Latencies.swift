package import Histogram

/// How long clients waited, in nanoseconds, to three significant digits.
package struct Latencies: Sendable {
    /// From the first DISCOVER to the OFFER.
    package private(set) var offer = Self.empty
    /// From the first REQUEST to the ACK; with rapid commit from the DISCOVER.
    package private(set) var acknowledgement = Self.empty
    /// From the moment when the round began, or should have, to the ACK.
    package private(set) var lease = Self.empty

    init() {}

    mutating func recordOffer(_ nanoseconds: UInt64) { offer.record(min(nanoseconds, Self.highest)) }
    mutating func recordAcknowledgement(_ nanoseconds: UInt64) { acknowledgement.record(min(nanoseconds, Self.highest)) }
    mutating func recordLease(_ nanoseconds: UInt64) { lease.record(min(nanoseconds, Self.highest)) }

    /// An hour: longer than any client tries.
    private static let highest: UInt64 = 3_600_000_000_000
    private static var empty: Histogram<UInt64> {
        Histogram(lowestDiscernibleValue: 100, highestTrackableValue: highest, numberOfSignificantValueDigits: .three)
    }
}
