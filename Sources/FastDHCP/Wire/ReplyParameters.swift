/// The codes of the options that a reply must carry, in order and without duplicates. First come the options that the
/// client asked for and the server has, in the client's order, except that the mask comes before the router. Then come
/// the options that every client must get.
///
/// Of the options that the client asks for and the server has, only the first 64 are sent.
struct ReplyParameters: Sendable {
    /// Eight codes to a word, the first most significant. Bytes behind the last code are zero.
    private var words = InlineArray<9, UInt64>(repeating: 0)
    private(set) var count = 0
    /// The input from which the codes were computed.
    private var origin = Origin()

    /// How many codes are taken from the client's list, at most. The array has room for the required codes behind them.
    static let wishCapacity = 64

    @inline(always)
    subscript(index: Int) -> OptionCode {
        OptionCode(rawValue: UInt8(truncatingIfNeeded: words[index >> 3] >> UInt64(56 &- 8 &* (index & 7))))
    }

    func contains(_ code: OptionCode) -> Bool { (0..<count).contains { self[$0] == code } }

    /// Whether `other` has the same codes in the same order. `mutating` and `inout` only avoid copies.
    @inline(always)
    mutating func hasSameCodes(as other: inout ReplyParameters) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt64 = 0
        for index in 0..<(count &+ 7) >> 3 { difference |= words[index] ^ other.words[index] }
        return difference == 0
    }

    /// Computes the codes for an answer to `request`. Does nothing when the input is the same as last time, which is
    /// the usual case among clients of one kind.
    @inline(always)
    mutating func prepare(answering request: borrowing MessageView, available: OptionCodeSet) {
        if !origin.isRepeated(by: request, available) { find(answering: request, available: available) }
    }

    @inline(never)
    private mutating func find(answering request: borrowing MessageView, available: OptionCodeSet) {
        origin = Origin(of: request, available)
        words = InlineArray(repeating: 0)
        count = 0
        var missing = available
        if let list = request.parameterRequestList {
            for index in 0..<list.byteCount where count < Self.wishCapacity {
                let code = OptionCode(rawValue: list[index])
                // When a reply carries both, the mask must come before the router (RFC 2132 section 3.3).
                if code == .router { append(.subnetMask, from: &missing) }
                append(code, from: &missing)
            }
        }
        append(.serverIdentifier, from: &missing)
        append(.ipAddressLeaseTime, from: &missing)
        append(.renewalTimeValue, from: &missing)
        append(.rebindingTimeValue, from: &missing)
        append(.subnetMask, from: &missing)
        append(.router, from: &missing)
        append(.domainNameServer, from: &missing)
    }

    /// Appends `code` if the server has it and the reply does not.
    @inline(always)
    private mutating func append(_ code: OptionCode, from missing: inout OptionCodeSet) {
        guard missing.remove(code) else { return }
        words[count >> 3] |= UInt64(code.rawValue) << UInt64(56 &- 8 &* (count & 7))
        count &+= 1
    }
}

/// What determines the codes of a reply: the client's list and the options that the server has.
private struct Origin: Sendable {
    /// The list in words of eight bytes, the first byte most significant. The rest of the last word is zero.
    private var words = InlineArray<4, UInt64>(repeating: 0)
    /// The length of the list in bytes. Nil before the first request, and for a list that is too long to keep.
    private var byteCount: Int?
    private var available: OptionCodeSet = []

    private static let byteCapacity = 32

    init() {}

    init(of request: borrowing MessageView, _ available: OptionCodeSet) {
        self.available = available
        guard let list = request.parameterRequestList else {
            byteCount = 0
            return
        }
        guard list.byteCount <= Self.byteCapacity else { return }
        byteCount = list.byteCount
        for index in 0..<(list.byteCount &+ 7) >> 3 { words[index] = list.word(at: index &* 8) }
    }

    /// Whether `request` leads to the same codes. `mutating` only avoids copies.
    @inline(always)
    mutating func isRepeated(by request: borrowing MessageView, _ available: OptionCodeSet) -> Bool {
        guard let byteCount, self.available == available else { return false }
        guard let list = request.parameterRequestList else { return byteCount == 0 }
        guard list.byteCount == byteCount else { return false }
        var difference: UInt64 = 0
        for index in 0..<(byteCount &+ 7) >> 3 { difference |= words[index] ^ list.word(at: index &* 8) }
        return difference == 0
    }
}
