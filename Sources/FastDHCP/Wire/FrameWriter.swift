import LinuxSystem

/// Writes one frame: options from left to right, up to a limit, and at the end the headers before them.
///
/// It has the frame exclusively while it lives. Bytes go out in words of eight, and are summed for the UDP
/// checksum on their way, so that the frame is never read back. An option that does not fit is the caller's
/// to leave out; none is ever cut.
struct FrameWriter: ~Copyable, ~Escapable {
    private var frame: MutableSpan<UInt8>
    /// Where the next option goes.
    private(set) var position = FrameLayout.magicCookie
    /// Where options must end, so that END has its byte behind them.
    private let limit: Int
    /// The sum of the magic cookie and the options so far.
    private var checksum = InternetChecksum()
    /// Whether an option was left out because it did not fit.
    var hasOmission = false
    /// Bytes before `limit` that are promised to options still to come.
    var reservedByteCount = 0

    /// - Parameter datagramByteLimit: the longest IP datagram that the receiver takes; the room in `frame` is
    ///   a limit too.
    /// - Precondition: `frame` has room for `MessageSize.smallestFrameByteCapacity` bytes.
    @inline(always)
    @_lifetime(&frame)
    init(_ frame: inout MutableSpan<UInt8>, datagramByteLimit: Int) {
        precondition(frame.count >= MessageSize.smallestFrameByteCapacity, "a frame needs more room")
        limit = min(FrameLayout.ip + datagramByteLimit, frame.count - MessageSize.wordByteCount) - 1
        // The name that Swift 6.3 has for a subspan of a mutable span.
        self.frame = frame._mutatingExtracting(first: MessageSize.frameByteCapacity)
        append(word: UInt64(FrameValue.magicCookie) << 32, byteCount: 4)
    }

    /// The bytes that are left for options beside what is promised to others; below 0 when more is promised than fits.
    @inline(always)
    var room: Int { limit &- reservedByteCount &- position }

    /// Whether an option of so many bytes, its header included, fits beside what is promised to others.
    @inline(always)
    func hasRoom(for byteCount: Int) -> Bool { byteCount <= room }

    /// How far the options have come: what stands behind it can be written again.
    struct Fingerprint {
        fileprivate(set) var position: Int
        fileprivate var checksum: InternetChecksum
    }

    @inline(always)
    var fingerprint: Fingerprint { Fingerprint(position: position, checksum: checksum) }

    /// Forgets the options that were appended since.
    mutating func rewind(to fingerprint: Fingerprint) {
        position = fingerprint.position
        checksum = fingerprint.checksum
    }

    /// Appends an option without a value.
    @inline(always)
    mutating func append(_ code: OptionCode) {
        append(word: code.header(byteCount: 0), byteCount: 2)
    }

    @inline(always)
    mutating func append(_ code: OptionCode, _ value: UInt8) {
        append(word: code.header(byteCount: 1) | UInt64(value) << 40, byteCount: 3)
    }

    @inline(always)
    mutating func append(_ code: OptionCode, _ value: UInt16) {
        append(word: code.header(byteCount: 2) | UInt64(value) << 32, byteCount: 4)
    }

    @inline(always)
    mutating func append(_ code: OptionCode, _ value: UInt32) {
        append(word: code.header(byteCount: 4) | UInt64(value) << 16, byteCount: 6)
    }

    /// Appends an option whose bytes are reserved, unless it is 0: then the reply has none.
    @inline(always)
    mutating func appendReserved(_ code: OptionCode, _ value: UInt32) {
        guard value != 0 else { return }
        reservedByteCount &-= 6
        append(code, value)
    }

    /// Appends the first `byteCount` bytes of `words`; the rest of the last one is zero.
    @inline(always)
    mutating func append(words: Span<UInt64>, byteCount: Int) {
        var remaining = byteCount
        var wordIndex = 0
        while remaining > 0 {
            append(word: words[wordIndex], byteCount: min(remaining, 8))
            remaining &-= 8
            wordIndex &+= 1
        }
    }

    /// Appends an option as it came.
    @inline(always)
    mutating func append(_ option: inout EchoedOption) {
        var remaining = option.byteCount
        var wordIndex = 0
        while remaining > 0 {
            append(word: option.word(wordIndex), byteCount: min(remaining, 8))
            remaining &-= 8
            wordIndex &+= 1
        }
    }

    /// Appends options that stood at the same place before, with another T1.
    @inline(always)
    mutating func append(_ options: inout RepeatedOptions, renewalSeconds: UInt32) {
        for index in 0..<options.wordCount { frame.store(options.word(index), at: position &+ 8 &* index) }
        checksum.add(options.checksum)
        if options.renewalSeconds != renewalSeconds { replaceRenewal(of: options, by: renewalSeconds) }
        position &+= options.byteCount
    }

    /// Overwrites T1 in options that are about to end at their place. In one's complement, to add the inverse of a number is to
    /// subtract it.
    @inline(always)
    private mutating func replaceRenewal(of options: borrowing RepeatedOptions, by seconds: UInt32) {
        let place = position &+ options.renewalOffset
        checksum.add(~(UInt64(options.renewalSeconds) << 32), at: place)
        checksum.add(UInt64(seconds) << 32, at: place)
        frame.store(seconds, at: place)
    }

    /// Remembers what was appended from `start` on.
    @inline(always)
    mutating func remember(from start: Int, as options: inout RepeatedOptions, of reply: borrowing Reply) {
        options.remember(start..<position, in: frame.span, of: reply)
    }

    /// Appends options that are encoded already.
    @inline(always)
    mutating func append(encoded options: Span<UInt8>) {
        var offset = 0
        while offset < options.count {
            let byteCount = min(options.count &- offset, 8)
            append(word: options.word(at: offset, byteCount: byteCount), byteCount: byteCount)
            offset &+= 8
        }
    }

    mutating func append(byte: UInt8) { append(word: UInt64(byte) << 56, byteCount: 1) }

    /// Appends the first `byteCount` bytes of `word`, whose others are zero. All eight are stored: what
    /// comes next overwrites the surplus, and it adds nothing to the sum.
    @inline(always)
    private mutating func append(word: UInt64, byteCount: Int) {
        frame.store(word, at: position)
        checksum.add(word, at: position)
        position &+= byteCount
    }

    /// Writes END, zeros up to the shortest BOOTP message, and all headers with their checksums.
    /// - Parameter bootFile: the field `file` in words of eight bytes, at most 16; the rest of it is zero.
    /// - Returns: The bytes of the frame.
    @inline(always)
    mutating func finish(_ header: FrameHeader, bootFile: [UInt64] = []) -> Int {
        append(word: UInt64(OptionCode.end.rawValue) << 56, byteCount: 1)
        let frameEnd = max(position, FrameLayout.bootp + MessageSize.minimumMessageByteCount)
        for offset in position..<frameEnd { frame[offset] = 0 }
        for index in bootFile.indices { checksum.add(bootFile[index], at: FrameLayout.file &+ 8 &* index) }
        header.write(frameEnd: frameEnd, checksum: checksum, into: &frame)
        for index in bootFile.indices { frame.store(bootFile[index], at: FrameLayout.file &+ 8 &* index) }
        return frameEnd
    }

    /// The same with `sname` and `file` as they are given.
    mutating func finish(_ header: FrameHeader, _ fields: inout OverloadedFields) -> Int {
        for index in 0..<OverloadedFields.wordCount {
            checksum.add(fields.word(index), at: FrameLayout.sname &+ 8 &* index)
        }
        let frameEnd = finish(header)
        for index in 0..<OverloadedFields.wordCount {
            frame.store(fields.word(index), at: FrameLayout.sname &+ 8 &* index)
        }
        return frameEnd
    }
}

extension OptionCode {
    /// Code and length as the first two bytes of a word.
    @inline(always)
    func header(byteCount: Int) -> UInt64 {
        UInt64(rawValue) << 56 | UInt64(truncatingIfNeeded: byteCount) << 48
    }
}
