/// Where the value of one option is in a frame.
///
/// A location is one machine word, so the parser fills the whole index with plain additions. The offset of the first
/// instance's value is in the bits from 32 up. The total length of all instances is in bits 8 to 31. The length of the
/// first instance is in bits 0 to 7.
struct OptionLocation {
    private var word: UInt64 = 0

    @inline(always)
    var isPresent: Bool { word != 0 }

    /// The offset of the first instance's value in the frame.
    @inline(always)
    var byteOffset: Int { Int(truncatingIfNeeded: word >> 32) }

    /// The total length of all instances, in bytes.
    @inline(always)
    var byteCount: Int { Int(truncatingIfNeeded: word >> 8 & 0xFF_FFFF) }

    /// The length of the first instance, in bytes. To find the others, walk through the options again.
    @inline(always)
    var firstByteCount: Int { Int(truncatingIfNeeded: word & 0xFF) }

    /// Whether one instance holds the whole value.
    @inline(always)
    var isWhole: Bool { byteCount == firstByteCount }

    /// Adds the next instance. The total length cannot overflow: all instances together are shorter than a UDP
    /// datagram.
    @inline(always)
    mutating func join(_ piece: OptionPiece) {
        let byteCount = UInt64(truncatingIfNeeded: piece.byteCount)
        if word == 0 { word = UInt64(truncatingIfNeeded: piece.byteOffset) << 32 | byteCount }
        word &+= byteCount << 8
    }
}

/// The locations of the options that ``MessageView`` has a getter for, found in one pass when the message is parsed.
struct OptionIndex {
    private var locations = InlineArray<13, OptionLocation>(repeating: OptionLocation())
    /// The slot for all other options. It spares the loop a branch for options that nobody looks up.
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

    /// Where an option is in the frame.
    /// - Precondition: `code` has a slot in the index.
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
