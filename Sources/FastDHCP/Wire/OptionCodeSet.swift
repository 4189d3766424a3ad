/// A set of option codes with one bit for each: 32 bytes, no allocation. Every operation is O(1).
struct OptionCodeSet: Equatable, Sendable {
    private var words = InlineArray<4, UInt64>(repeating: 0)

    @inline(always)
    init() {}

    @inline(always)
    mutating func insert(_ code: OptionCode) { words[Self.wordIndex(code)] |= Self.bit(code) }

    func contains(_ code: OptionCode) -> Bool { words[Self.wordIndex(code)] & Self.bit(code) != 0 }

    /// Removes `code`.
    /// - Returns: Whether it was there.
    @inline(always)
    mutating func remove(_ code: OptionCode) -> Bool {
        let word = words[Self.wordIndex(code)]
        words[Self.wordIndex(code)] = word & ~Self.bit(code)
        return word & Self.bit(code) != 0
    }

    @inline(always)
    func union(_ other: OptionCodeSet) -> OptionCodeSet {
        var result = self
        for index in words.indices { result.words[index] |= other.words[index] }
        return result
    }

    @inline(always)
    static func == (left: borrowing OptionCodeSet, right: borrowing OptionCodeSet) -> Bool {
        var difference: UInt64 = 0
        for index in left.words.indices { difference |= left.words[index] ^ right.words[index] }
        return difference == 0
    }

    @inline(always)
    private static func wordIndex(_ code: OptionCode) -> Int { Int(code.rawValue >> 6) }

    @inline(always)
    private static func bit(_ code: OptionCode) -> UInt64 { 1 << UInt64(code.rawValue & 63) }
}

extension OptionCodeSet: ExpressibleByArrayLiteral {
    init(arrayLiteral codes: OptionCode...) {
        for code in codes { insert(code) }
    }
}
