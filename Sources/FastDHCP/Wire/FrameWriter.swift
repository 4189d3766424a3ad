import LinuxSystem

/// Writes one frame: first the options, from left to right and up to a limit, then END and all headers.
///
/// A writer has exclusive access to the frame while it lives. It writes words of eight bytes and adds each to the UDP
/// checksum at once, so the frame is never read back. The caller must leave out an option that does not fit. Options
/// are never truncated.
struct FrameWriter: ~Copyable, ~Escapable {
    private var frame: MutableSpan<UInt8>
    /// The offset of the next option.
    private(set) var position = FrameLayout.magicCookie
    /// The offset where options must end, so that END has room for its byte.
    private let limit: Int
    /// The sum of the magic cookie and the options so far.
    private var checksum = InternetChecksum()
    /// Whether an option was left out because it did not fit.
    var hasOmission = false
    /// Bytes before `limit` that are reserved for later options.
    var reservedByteCount = 0

    /// - Parameter datagramByteLimit: the longest IP datagram that the receiver accepts, in bytes. The size of `frame`
    ///   is another limit.
    /// - Precondition: `frame` has room for `MessageSize.smallestFrameByteCapacity` bytes.
    @inline(always)
    @_lifetime(&frame)
    init(_ frame: inout MutableSpan<UInt8>, datagramByteLimit: Int) {
        precondition(frame.count >= MessageSize.smallestFrameByteCapacity, "a frame needs more room")
        limit = min(FrameLayout.ip + datagramByteLimit, frame.count - MessageSize.wordByteCount) - 1
        // This is how Swift 6.3 spells "a subspan of a mutable span".
        self.frame = frame._mutatingExtracting(first: MessageSize.frameByteCapacity)
        append(word: UInt64(FrameValue.magicCookie) << 32, byteCount: 4)
    }

    /// How many bytes are left for options that have no reservation. Below 0 when the reservations exceed the space.
    @inline(always)
    var room: Int { limit &- reservedByteCount &- position }

    /// Whether an option of `byteCount` bytes, header included, fits beside the reservations.
    @inline(always)
    func hasRoom(for byteCount: Int) -> Bool { byteCount <= room }

    /// A position in the options. The writer can return to it and write the rest again.
    struct Checkpoint {
        fileprivate(set) var position: Int
        fileprivate var checksum: InternetChecksum
    }

    @inline(always)
    var checkpoint: Checkpoint { Checkpoint(position: position, checksum: checksum) }

    /// Discards all options that were appended after `checkpoint`.
    mutating func rewind(to checkpoint: Checkpoint) {
        position = checkpoint.position
        checksum = checkpoint.checksum
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

    /// Appends an option that has a reservation. A value of 0 means that the reply does not carry the option.
    @inline(always)
    mutating func appendReserved(_ code: OptionCode, _ value: UInt32) {
        guard value != 0 else { return }
        reservedByteCount &-= 6
        append(code, value)
    }

    /// Appends the first `byteCount` bytes of `words`. The rest of the last word is zero.
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

    /// Appends an option unchanged.
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

    /// Appends the options of an earlier reply, with T1 replaced by `renewalSeconds`. They must start at the same
    /// offset as in that reply.
    @inline(always)
    mutating func append(_ options: inout RepeatedOptions, renewalSeconds: UInt32) {
        for index in 0..<options.wordCount { frame.store(options.word(index), at: position &+ 8 &* index) }
        checksum.add(options.checksum)
        if options.renewalSeconds != renewalSeconds { replaceRenewal(of: options, by: renewalSeconds) }
        position &+= options.byteCount
    }

    /// Overwrites T1 in options that were stored at `position`. In one's complement, adding the inverse of a number
    /// subtracts the number.
    @inline(always)
    private mutating func replaceRenewal(of options: borrowing RepeatedOptions, by seconds: UInt32) {
        let place = position &+ options.renewalOffset
        checksum.add(~(UInt64(options.renewalSeconds) << 32), at: place)
        checksum.add(UInt64(seconds) << 32, at: place)
        frame.store(seconds, at: place)
    }

    /// Stores in `options` everything that was appended from `start` on.
    @inline(always)
    mutating func remember(from start: Int, as options: inout RepeatedOptions, of reply: borrowing Reply) {
        options.remember(start..<position, in: frame.span, of: reply)
    }

    /// Appends options that are already encoded.
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

    /// Appends the first `byteCount` bytes of `word`. The other bytes must be zero. All eight are stored: the next
    /// option overwrites the surplus, and zeros add nothing to the checksum.
    @inline(always)
    private mutating func append(word: UInt64, byteCount: Int) {
        frame.store(word, at: position)
        checksum.add(word, at: position)
        position &+= byteCount
    }

    /// Writes END, zeros up to the minimum length of a BOOTP message, and all headers with their checksums.
    /// - Parameter bootFile: the field `file` in words of eight bytes, at most 16 of them. The rest of the field is
    ///   zero.
    /// - Returns: The size of the frame in bytes.
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

    /// As above, with `sname` and `file` taken from `fields`.
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
    /// The code and the length in the two most significant bytes of a word.
    @inline(always)
    func header(byteCount: Int) -> UInt64 {
        UInt64(rawValue) << 56 | UInt64(truncatingIfNeeded: byteCount) << 48
    }
}
