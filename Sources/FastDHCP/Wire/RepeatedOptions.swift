/// The encoded options of the previous reply. The next reply usually carries the same options, and then they are copied
/// as a block.
///
/// The block holds everything between the message type and the echoed options. It belongs to one server and its
/// configured options.
struct RepeatedOptions: Sendable {
    /// The bytes in words of eight, the first byte most significant. The rest of the last word is zero.
    private var words = InlineArray<32, UInt64>(repeating: 0)
    /// The size of the block in bytes. 0 when no options are stored.
    private(set) var byteCount = 0
    /// The checksum of the block at the offset that it has in the frame.
    private(set) var checksum = InternetChecksum()

    // The values that determine the options.
    private var parameters = ReplyParameters()
    private var leaseSeconds: UInt32 = 0
    private(set) var renewalSeconds: UInt32 = 0
    private var rebindingSeconds: UInt32 = 0
    private var hasRapidCommit = false
    private var choice = ReplyChoice()
    /// The offset of T1's value in the block. T1 is the one value that differs from client to client.
    private(set) var renewalOffset = 0

    private static let byteCapacity = 256

    @inline(always)
    var wordCount: Int { (byteCount &+ 7) >> 3 }

    @inline(always)
    func word(_ index: Int) -> UInt64 { words[index] }

    /// Whether `reply` must carry these options, if they fit. `mutating` and `inout` only avoid copies.
    @inline(always)
    mutating func match(_ reply: inout Reply) -> Bool {
        byteCount != 0 && leaseSeconds == reply.leaseSeconds
            && (renewalSeconds == 0) == (reply.renewalSeconds == 0) && rebindingSeconds == reply.rebindingSeconds
            && hasRapidCommit == reply.hasRapidCommit && choice == reply.choice
            && parameters.hasSameCodes(as: &reply.parameters)
    }

    /// Stores the options of `reply` as they are in `frame`. They must be complete: none left out for lack of room.
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

    /// The offset of an option's value in `options`, which holds whole options. 0 when the option is not there.
    private static func valueOffset(of code: OptionCode, in options: Span<UInt8>) -> Int {
        var offset = 0
        while offset + 1 < options.count {
            if options[offset] == code.rawValue { return offset + 2 }
            offset += 2 + Int(options[offset + 1])
        }
        return 0
    }
}
