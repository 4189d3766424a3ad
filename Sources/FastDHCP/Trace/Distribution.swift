import LinuxSystem

/// How often a quantity had which size: counts by powers of two. Written by one thread, read by any.
public final class Distribution: Sendable {
    private let words: AtomicWords
    /// The binary logarithm of the least bound.
    private let firstExponent: Int
    public let bucketCount: Int

    /// - Parameter exponents: of the upper bounds, which are powers of two; what is larger than the last counts beside them.
    public init(exponents: ClosedRange<Int>) {
        firstExponent = exponents.lowerBound
        bucketCount = exponents.count
        words = AtomicWords(count: exponents.count + 2)
    }

    /// In nanoseconds from 16 µs to 17 s.
    public static func ofTimes() -> Distribution { Distribution(exponents: 14...34) }

    @inline(__always)
    public func add(_ value: UInt64) {
        // The least exponent whose power is not below the value.
        let exponent = value <= 1 ? 0 : 64 - (value - 1).leadingZeroBitCount
        words.increment(min(max(exponent - firstExponent, 0), bucketCount))
        words.increment(bucketCount + 1, by: value)
    }

    /// The largest value that the bucket counts.
    public func bound(ofBucket index: Int) -> UInt64 { 1 << UInt64(firstExponent + index) }

    /// How many values were in the bucket; that at `bucketCount` has what is larger than all bounds.
    public func count(inBucket index: Int) -> UInt64 { words.loadRelaxed(index) }

    /// The sum of all values.
    public var sum: UInt64 { words.loadRelaxed(bucketCount + 1) }
}
