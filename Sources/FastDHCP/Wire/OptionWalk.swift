/// One instance of an option in a message; RFC 3396 joins all instances of a code into one value.
struct OptionPiece {
    let code: OptionCode
    /// Where its value starts in the frame.
    let byteOffset: Int
    /// 0 to 255.
    let byteCount: Int
}

/// Goes over the options of a message in the order in which RFC 3396 section 5 joins them: the options field,
/// then file, then sname, the latter two only as option overload (52) says (RFC 2132 section 9.3).
///
/// Total and bounded: every step advances, and each field is read once. An option that runs past the end of
/// its field is absent, and ends that field as END does; END may be missing. Overload counts once, in the
/// options field, with a value of 1 to 3.
struct OptionWalk {
    private var position = FrameLayout.options
    private var end: Int
    private var field = Field.options
    private var overload: UInt8 = 0

    private enum Field { case options, file, sname }

    /// - Parameter messageEnd: the offset in the frame where the UDP payload ends.
    @inline(always)
    init(messageEnd: Int) { end = messageEnd }

    /// The next instance of any option but PAD and END, or nil after the last.
    @inline(always)
    mutating func next(in frame: Span<UInt8>) -> OptionPiece? {
        repeat {
            while position < end {
                let code = OptionCode(rawValue: frame[position])
                if code == .pad {
                    position &+= 1
                    continue
                }
                guard code != .end, end &- position >= 2 else { break }
                let byteCount = Int(frame[position &+ 1])
                guard byteCount <= end &- position &- 2 else { break }
                let piece = OptionPiece(code: code, byteOffset: position &+ 2, byteCount: byteCount)
                position = piece.byteOffset &+ byteCount
                if code == .optionOverload { noteOverload(piece, in: frame) }
                return piece
            }
        } while enterNextField()
        return nil
    }

    private mutating func noteOverload(_ piece: OptionPiece, in frame: Span<UInt8>) {
        guard field == .options, overload == 0, piece.byteCount == 1 else { return }
        let value = frame[piece.byteOffset]
        if (1...3).contains(value) { overload = value }
    }

    @inline(always)
    private mutating func enterNextField() -> Bool {
        if overload & 1 != 0, field == .options {
            (field, position, end) = (.file, FrameLayout.file, FrameLayout.magicCookie)
            return true
        }
        if overload & 2 != 0, field != .sname {
            (field, position, end) = (.sname, FrameLayout.sname, FrameLayout.file)
            return true
        }
        return false
    }
}
