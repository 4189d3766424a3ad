/// Where one option's value stands in a frame.
///
/// One machine word, so that the index of all of them is filled by plain additions: the offset of the first
/// instance's value above bit 32, the octets of all instances together in bits 8 to 31, those of the first
/// instance below.
struct OptionLocation {
    private var word: UInt64 = 0

    @inline(always)
    var isPresent: Bool { word != 0 }

    /// Offset of the first instance's value in the frame.
    @inline(always)
    var byteOffset: Int { Int(truncatingIfNeeded: word >> 32) }

    /// The octets of all instances together.
    @inline(always)
    var byteCount: Int { Int(truncatingIfNeeded: word >> 8 & 0xFF_FFFF) }

    /// The octets of the first instance; the others, if any, are found by walking again.
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
    private(set) var dhcpMessageType = OptionLocation()
    private(set) var requestedIPAddress = OptionLocation()
    private(set) var ipAddressLeaseTime = OptionLocation()
    private(set) var serverIdentifier = OptionLocation()
    private(set) var parameterRequestList = OptionLocation()
    private(set) var maximumDHCPMessageSize = OptionLocation()
    private(set) var clientIdentifier = OptionLocation()
    private(set) var hostName = OptionLocation()
    private(set) var rapidCommit = OptionLocation()
    private(set) var relayAgentInformation = OptionLocation()

    @inline(always)
    init(of frame: Span<UInt8>) {
        var walk = OptionWalk(messageEnd: frame.count)
        while let piece = walk.next(in: frame) {
            switch piece.code {
            case .dhcpMessageType: dhcpMessageType.join(piece)
            case .requestedIPAddress: requestedIPAddress.join(piece)
            case .ipAddressLeaseTime: ipAddressLeaseTime.join(piece)
            case .serverIdentifier: serverIdentifier.join(piece)
            case .parameterRequestList: parameterRequestList.join(piece)
            case .maximumDHCPMessageSize: maximumDHCPMessageSize.join(piece)
            case .clientIdentifier: clientIdentifier.join(piece)
            case .hostName: hostName.join(piece)
            case .rapidCommit: rapidCommit.join(piece)
            case .relayAgentInformation: relayAgentInformation.join(piece)
            default: break
            }
        }
    }
}
