/// A set of option codes, one bit each: 32 octets, no allocation, O(1) throughout.
struct OptionCodeSet: Sendable {
    private var words = InlineArray<4, UInt64>(repeating: 0)

    @inline(__always)
    init() {}

    @inline(__always)
    func contains(_ code: OptionCode) -> Bool { words[Self.wordIndex(code)] & Self.bit(code) != 0 }

    @inline(__always)
    mutating func insert(_ code: OptionCode) { words[Self.wordIndex(code)] |= Self.bit(code) }

    /// Removes `code`.
    /// - Returns: Whether it was there.
    @inline(__always)
    mutating func remove(_ code: OptionCode) -> Bool {
        let word = words[Self.wordIndex(code)]
        words[Self.wordIndex(code)] = word & ~Self.bit(code)
        return word & Self.bit(code) != 0
    }

    /// Removes the lowest code, or returns nil from an empty set.
    @inline(__always)
    mutating func popFirst() -> OptionCode? {
        for wordIndex in 0..<4 where words[wordIndex] != 0 {
            let bitIndex = words[wordIndex].trailingZeroBitCount
            words[wordIndex] &= words[wordIndex] &- 1
            return OptionCode(rawValue: UInt8(truncatingIfNeeded: wordIndex &* 64 &+ bitIndex))
        }
        return nil
    }

    /// Removes all codes that are not in `other`.
    @inline(__always)
    mutating func formIntersection(_ other: Self) {
        for wordIndex in 0..<4 { words[wordIndex] &= other.words[wordIndex] }
    }

    @inline(__always)
    private static func wordIndex(_ code: OptionCode) -> Int { Int(code.rawValue >> 6) }

    @inline(__always)
    private static func bit(_ code: OptionCode) -> UInt64 { 1 << UInt64(code.rawValue & 63) }
}

extension OptionCodeSet: ExpressibleByArrayLiteral {
    init(arrayLiteral codes: OptionCode...) {
        for code in codes { insert(code) }
    }
}
