/// The options of a reply that was written before, encoded: the next reply carries the same as a rule, and then they are
/// copied as a whole.
///
/// They are those between the message type and the echoes, of one server with its configured options.
struct RepeatedOptions: Sendable {
    /// The bytes in words of eight, the first byte most significant; the rest of the last word is zero.
    private var words = InlineArray<32, UInt64>(repeating: 0)
    /// How many bytes there are; 0 when nothing is remembered.
    private(set) var byteCount = 0
    /// Their sum at the place where they stand.
    private(set) var checksum = InternetChecksum()

    // What the options follow from.
    private var parameters = ReplyParameters()
    private var leaseSeconds: UInt32 = 0
    private(set) var renewalSeconds: UInt32 = 0
    private var rebindingSeconds: UInt32 = 0
    private var hasRapidCommit = false
    private var choice = ReplyChoice()
    /// Where the bytes of T1 stand among these, which is the one value that differs from client to client.
    private(set) var renewalOffset = 0

    private static let byteCapacity = 256

    @inline(always)
    var wordCount: Int { (byteCount &+ 7) >> 3 }

    @inline(always)
    func word(_ index: Int) -> UInt64 { words[index] }

    /// Whether `reply` is to carry these options, if they fit. Inout only so that nothing is copied.
    @inline(always)
    mutating func match(_ reply: inout Reply) -> Bool {
        byteCount != 0 && leaseSeconds == reply.leaseSeconds
            && (renewalSeconds == 0) == (reply.renewalSeconds == 0) && rebindingSeconds == reply.rebindingSeconds
            && hasRapidCommit == reply.hasRapidCommit && choice == reply.choice
            && parameters.hasSameCodes(as: &reply.parameters)
    }

    /// Takes over the options of `reply` as they stand in `frame`: all that it is to carry, none left out for want of room.
    mutating func remember(_ options: Range<Int>, in frame: Span<UInt8>, of reply: borrowing Reply) {
        byteCount = 0
        guard options.count <= Self.byteCapacity else { return }
        byteCount = options.count
        checksum = InternetChecksum()
        for index in 0..<(byteCount + 7) / 8 {
            let offset = options.lowerBound + index * 8
            words[index] = frame.word(at: offset, byteCount: min(options.upperBound - offset, 8))
            checksum.add(words[index], at: offset)
        }
        parameters = reply.parameters
        leaseSeconds = reply.leaseSeconds
        renewalSeconds = reply.renewalSeconds
        rebindingSeconds = reply.rebindingSeconds
        hasRapidCommit = reply.hasRapidCommit
        choice = reply.choice
        renewalOffset = Self.valueOffset(of: .renewalTimeValue, in: frame.extracting(options))
    }

    /// Where the value of an option stands among whole options; 0 when it is none of them.
    private static func valueOffset(of code: OptionCode, in options: Span<UInt8>) -> Int {
        var offset = 0
        while offset + 1 < options.count {
            if options[offset] == code.rawValue { return offset + 2 }
            offset += 2 + Int(options[offset + 1])
        }
        return 0
    }
}
