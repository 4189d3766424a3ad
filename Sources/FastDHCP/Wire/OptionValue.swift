/// The value of one option in a received frame, with all its instances joined (RFC 3396). It borrows the frame.
public struct OptionValue: ~Escapable {
    private let frame: Span<UInt8>
    private let code: OptionCode
    private let location: OptionLocation

    /// The longest joined value, in bytes. An option with a longer one counts as absent. A message is dropped if the
    /// option would have to be copied into the reply.
    public static let maximumByteCount = 255

    @inline(always)
    @_lifetime(copy frame)
    init(of code: OptionCode, at location: OptionLocation, in frame: Span<UInt8>) {
        self.frame = frame
        self.code = code
        self.location = location
    }

    /// 0 to 255.
    @inline(__always)
    public var byteCount: Int { location.byteCount }

    /// Whether one instance holds the whole value.
    @inline(always)
    var isWhole: Bool { location.isWhole }

    /// The byte at `index`. O(1) unless the option is split into instances.
    /// - Precondition: `index` is 0 to `byteCount` - 1.
    public subscript(index: Int) -> UInt8 {
        @inline(__always) get {
            precondition(index >= 0 && index < byteCount, "index is outside of the option")
            if index < location.firstByteCount { return frame[location.byteOffset &+ index] }
            return byteOfLaterInstance(index)
        }
    }

    /// Copies the value into `target`, starting at `offset`.
    /// - Precondition: `target` has room for `byteCount` bytes there.
    public func copy(into target: inout MutableSpan<UInt8>, at offset: Int) {
        for index in 0..<byteCount { target[offset &+ index] = self[index] }
    }

    /// Up to eight bytes from `index` on, in the most significant bytes of a word. Bytes behind the value's end are
    /// zero.
    @inline(always)
    func word(at index: Int) -> UInt64 {
        let offset = location.byteOffset &+ index
        guard location.isWhole, frame.count &- offset >= 8 else { return wordOfBytes(at: index) }
        return frame.uint64(at: offset).prefix(min(byteCount &- index, 8))
    }

    /// As above, for an option that is split or that ends within eight bytes of the frame's end.
    @inline(never)
    private func wordOfBytes(at index: Int) -> UInt64 {
        var word: UInt64 = 0
        for step in 0..<min(byteCount &- index, 8) { word |= UInt64(self[index &+ step]) << UInt64(56 &- 8 &* step) }
        return word
    }

    @inline(never)
    private func byteOfLaterInstance(_ index: Int) -> UInt8 {
        var remaining = index
        var byte: UInt8?
        OptionWalk(over: frame).forEach { piece in
            guard piece.code == code, byte == nil else { return }
            if remaining < piece.byteCount {
                byte = frame[piece.byteOffset &+ remaining]
            } else {
                remaining &-= piece.byteCount
            }
        }
        guard let byte else { preconditionFailure("the instances of an option do not add up to its length") }
        return byte
    }
}
