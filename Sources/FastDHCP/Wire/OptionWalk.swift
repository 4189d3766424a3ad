/// One instance of an option in a message. RFC 3396 joins all instances of a code into one value.
struct OptionPiece {
    let code: OptionCode
    /// The offset of the value in the frame.
    let byteOffset: Int
    /// 0 to 255.
    let byteCount: Int
}

/// Walks through the options of a message in the order in which RFC 3396 section 5 joins them: the options field, then
/// file, then sname. It reads file and sname only if option overload (52) says so (RFC 2132 section 9.3).
///
/// The walk always ends: every step advances, and each field is read once. An option that runs past the end of its
/// field counts as absent, and ends that field as END does. END may be missing. Option overload counts once, in the
/// options field, and only with a value of 1 to 3.
struct OptionWalk: ~Escapable {
    private let frame: Span<UInt8>

    /// - Parameter frame: the frame up to the end of the UDP payload, at least `FrameLayout.options` bytes.
    @inline(always)
    @_lifetime(copy frame)
    init(over frame: Span<UInt8>) { self.frame = frame }

    /// Calls `visit` for each instance of each option except PAD and END.
    @inline(always)
    func forEach(_ visit: (OptionPiece) -> Void) {
        var hasOverload = false
        forEachInOptionsField { piece in
            if piece.code == .optionOverload { hasOverload = true }
            visit(piece)
        }
        if hasOverload { forEachOverloaded(visit) }
    }

    /// Calls `visit` for each instance in the options field only.
    @inline(always)
    func forEachInOptionsField(_ visit: (OptionPiece) -> Void) {
        var field = OptionField(FrameLayout.options..<frame.count, of: frame)
        while let piece = field.next() { visit(piece) }
    }

    /// The first valid value of option 52 in the options field, or 0.
    private var overload: UInt8 {
        var overload: UInt8 = 0
        forEachInOptionsField { piece in
            guard overload == 0, piece.code == .optionOverload, piece.byteCount == 1 else { return }
            if (1...3).contains(frame[piece.byteOffset]) { overload = frame[piece.byteOffset] }
        }
        return overload
    }

    /// Calls `visit` for each instance in `file` and `sname`, if option 52 says that they hold options.
    @inline(never)
    func forEachOverloaded(_ visit: (OptionPiece) -> Void) {
        let overload = overload
        if overload & 1 != 0 {
            var file = OptionField(FrameLayout.file..<FrameLayout.magicCookie, of: frame)
            while let piece = file.next() { visit(piece) }
        }
        if overload & 2 != 0 {
            var sname = OptionField(FrameLayout.sname..<FrameLayout.file, of: frame)
            while let piece = sname.next() { visit(piece) }
        }
    }
}

/// A field of a message that holds options.
private struct OptionField: ~Escapable {
    /// The frame up to the field's end.
    private let bytes: Span<UInt8>
    private var position: Int

    @inline(always)
    @_lifetime(copy frame)
    init(_ range: Range<Int>, of frame: Span<UInt8>) {
        bytes = frame.extracting(first: range.upperBound)
        position = range.lowerBound
    }

    /// The next instance of any option except PAD and END, or nil after the last.
    @inline(always)
    @_lifetime(self: copy self)
    mutating func next() -> OptionPiece? {
        // An option has at least two bytes.
        while bytes.count &- position >= 2 {
            let header = bytes.uint16(at: position)
            let code = OptionCode(rawValue: UInt8(truncatingIfNeeded: header >> 8))
            if code == .pad {
                position &+= 1
                continue
            }
            let byteCount = Int(header & 0xFF)
            guard code != .end, byteCount <= bytes.count &- position &- 2 else { return nil }
            let piece = OptionPiece(code: code, byteOffset: position &+ 2, byteCount: byteCount)
            position = piece.byteOffset &+ byteCount
            return piece
        }
        return nil
    }
}
