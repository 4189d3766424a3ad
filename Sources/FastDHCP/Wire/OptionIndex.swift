/// Where one option's value stands in a frame.
///
/// One machine word, so that the index of all of them is filled by plain additions: the offset of the first
/// instance's value above bit 32, the bytes of all instances together in bits 8 to 31, those of the first
/// instance below.
struct OptionLocation {
    private var word: UInt64 = 0

    @inline(always)
    var isPresent: Bool { word != 0 }

    /// Offset of the first instance's value in the frame.
    @inline(always)
    var byteOffset: Int { Int(truncatingIfNeeded: word >> 32) }

    /// The bytes of all instances together.
    @inline(always)
    var byteCount: Int { Int(truncatingIfNeeded: word >> 8 & 0xFF_FFFF) }

    /// The bytes of the first instance; the others, if any, are found by walking again.
    @inline(always)
    var firstByteCount: Int { Int(truncatingIfNeeded: word & 0xFF) }

    /// Whether one instance holds the whole value.
    @inline(always)
    var isWhole: Bool { byteCount == firstByteCount }

    /// Takes the next instance. The sum of lengths fits: all instances together are shorter than a UDP
    /// datagram.
    @inline(always)
    mutating func join(_ piece: OptionPiece) {
        let byteCount = UInt64(truncatingIfNeeded: piece.byteCount)
        if word == 0 { word = UInt64(truncatingIfNeeded: piece.byteOffset) << 32 | byteCount }
        word &+= byteCount << 8
    }
}

/// The places of the options that decisions depend on, found in one pass when the message is parsed.
struct OptionIndex {
    private var locations = InlineArray<13, OptionLocation>(repeating: OptionLocation())
    /// Where the options go that nobody looks up: so none of them costs a branch of its own.
    private static let elsewhere = 12
    private static let overload = 11

    @inline(always)
    init(of frame: Span<UInt8>) {
        let walk = OptionWalk(over: frame)
        walk.forEachInOptionsField { piece in locations[Self.place(of: piece.code)].join(piece) }
        if locations[Self.overload].isPresent {
            walk.forEachOverloaded { piece in locations[Self.place(of: piece.code)].join(piece) }
        }
    }

    /// Where an option stands.
    /// - Precondition: `code` is one that has a place here.
    @inline(always)
    subscript(code: OptionCode) -> OptionLocation {
        precondition(Self.place(of: code) != Self.elsewhere, "the option is not looked up")
        return locations[Self.place(of: code)]
    }

    @inline(always)
    private static func place(of code: OptionCode) -> Int {
        switch code {
        case .dhcpMessageType: 0
        case .requestedIPAddress: 1
        case .ipAddressLeaseTime: 2
        case .serverIdentifier: 3
        case .parameterRequestList: 4
        case .maximumDHCPMessageSize: 5
        case .clientIdentifier: 6
        case .hostName: 7
        case .rapidCommit: 8
        case .relayAgentInformation: 9
        case .clientSystemArchitecture: 10
        case .optionOverload: overload
        default: elsewhere
        }
    }
}
