/// An encoded option that a reply copies from the request unchanged: the client identifier (61, RFC 6842 section 3) or
/// the relay agent information (82, RFC 3046 section 2.2).
struct EchoedOption: Sendable {
    /// Code, length and value in words of eight bytes, the first byte most significant. The rest of the last word is
    /// zero.
    private var words = InlineArray<33, UInt64>(repeating: 0)
    /// The size of the option in bytes, header included. 0 when the option is absent.
    private(set) var byteCount = 0

    @inline(always)
    func word(_ index: Int) -> UInt64 { words[index] }

    @inline(always)
    mutating func clear() { byteCount = 0 }

    /// Replaces the content with `value`, which has at most 255 bytes.
    @inline(always)
    mutating func copy(_ code: OptionCode, _ value: borrowing OptionValue) {
        byteCount = value.byteCount &+ 2
        words[0] = code.header(byteCount: value.byteCount) | value.word(at: 0) >> 16
        // The two header bytes put the value out of step with the words: the first word holds six bytes of it.
        var wordIndex = 1
        var valueIndex = 6
        while valueIndex < value.byteCount {
            words[wordIndex] = value.word(at: valueIndex)
            wordIndex &+= 1
            valueIndex &+= 8
        }
    }
}
