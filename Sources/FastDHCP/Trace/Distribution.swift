import LinuxSystem

/// A histogram: counts values in buckets whose bounds are powers of two. One thread writes it, and any thread reads it.
public final class Distribution: Sendable {
    private let words: AtomicWords
    /// The binary logarithm of the smallest bound.
    private let firstExponent: Int
    public let bucketCount: Int

    /// - Parameter exponents: the binary logarithms of the buckets' upper bounds. Larger values are counted separately.
    public init(exponents: ClosedRange<Int>) {
        firstExponent = exponents.lowerBound
        bucketCount = exponents.count
        words = AtomicWords(count: exponents.count + 2)
    }

    /// A distribution of times in nanoseconds, with bounds from 16 µs to 17 s.
    public static func ofTimes() -> Distribution { Distribution(exponents: 14...34) }

    @inline(__always)
    public func add(_ value: UInt64) {
        // The smallest exponent whose power of two is not below the value.
        let exponent = value <= 1 ? 0 : 64 - (value - 1).leadingZeroBitCount
        words.increment(min(max(exponent - firstExponent, 0), bucketCount))
        words.increment(bucketCount + 1, by: value)
    }

    /// The largest value that the bucket counts.
    public func bound(ofBucket index: Int) -> UInt64 { 1 << UInt64(firstExponent + index) }

    /// How many values the bucket has counted. The bucket at `bucketCount` holds the values above all bounds.
    public func count(inBucket index: Int) -> UInt64 { words.loadRelaxed(index) }

    /// The sum of all values.
    public var sum: UInt64 { words.loadRelaxed(bucketCount + 1) }
}
