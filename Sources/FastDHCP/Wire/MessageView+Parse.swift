public import Addresses

/// The result of parsing a frame: a message, or the reason why the frame was dropped.
public enum ParsedFrame: ~Escapable {
    case message(MessageView)
    case dropped(DropReason)
}

/// Which side of the conversation reads the frame.
public enum MessageRole: Sendable {
    /// A server reads requests: op 1, UDP port 67, addressed to its interface or to Ethernet broadcast.
    case request
    /// A client reads replies: op 2, UDP port 68, or port 67 as a relay. Any Ethernet destination is accepted, because
    /// a load generator plays many stations on one interface.
    case reply
}

extension MessageView {
    /// Parses a frame as received: from its Ethernet destination on, without a VLAN tag and without a frame check
    /// sequence.
    ///
    /// Every input gives a message or a reason, and the work is bounded by the input's length. The parser never
    /// allocates or throws. It drops frames with IP options, fragments, and frames with lengths that disagree with the
    /// frame's own. No DHCP client sends those (its shortest frame needs no Ethernet padding), and each is a known way
    /// to make two readers see two different messages.
    /// - Parameter interface: the Ethernet address of the receiving interface, for the role `.request`.
    @inline(__always)
    @_lifetime(copy frame)
    public static func parse(
        _ frame: Span<UInt8>, as role: MessageRole, udpChecksum: UDPChecksumState, interface: MACAddress
    ) -> ParsedFrame {
        guard frame.count >= FrameLayout.options else { return .dropped(.tooShort) }
        if let reason = checkEthernet(frame, as: role, interface: interface) { return .dropped(reason) }
        if let reason = checkIPv4(frame) { return .dropped(reason) }
        if let reason = checkUDP(frame, as: role, udpChecksum: udpChecksum) { return .dropped(reason) }
        if let reason = checkBOOTP(frame, as: role) { return .dropped(reason) }

        let index = OptionIndex(of: frame)
        guard index[.dhcpMessageType].byteCount == 1 else { return .dropped(.bootp) }
        let value = OptionValue(of: .dhcpMessageType, at: index[.dhcpMessageType], in: frame)
        guard let messageType = MessageType(rawValue: value[0]), messageType.isReply == (role == .reply)
        else { return .dropped(.messageType) }
        guard index[.clientIdentifier].byteCount <= OptionValue.maximumByteCount,
            index[.relayAgentInformation].byteCount <= OptionValue.maximumByteCount
        else { return .dropped(.optionTooLong) }
        return .message(MessageView(frame: frame, index: index, messageType: messageType))
    }

    @inline(always)
    private static func checkEthernet(
        _ frame: Span<UInt8>, as role: MessageRole, interface: MACAddress
    ) -> DropReason? {
        switch frame.uint16(at: FrameLayout.etherType) {
        case FrameValue.etherTypeIPv4: break
        case FrameValue.etherTypeVLAN, FrameValue.etherTypeServiceVLAN: return .vlanTagged
        default: return .notIPv4
        }
        guard role == .request else { return nil }
        let source = frame.macAddress(at: FrameLayout.ethernetSource)
        if source == interface { return .ownFrame }
        if source.isMulticast { return .multicastSource }
        let destination = frame.macAddress(at: FrameLayout.ethernetDestination)
        return destination == interface || destination == .broadcast ? nil : .otherHost
    }

    @inline(always)
    private static func checkIPv4(_ frame: Span<UInt8>) -> DropReason? {
        let versionAndHeaderLength = frame[FrameLayout.versionAndHeaderLength]
        guard versionAndHeaderLength >> 4 == 4 else { return .notIPv4 }
        let headerWordCount = versionAndHeaderLength & 0xF
        if headerWordCount != 5 { return headerWordCount < 5 ? .ipHeaderLength : .ipOptions }
        guard Int(frame.uint16(at: FrameLayout.totalLength)) == frame.count &- FrameLayout.ip else {
            return .ipTotalLength
        }
        var checksum = InternetChecksum()
        checksum.add(frame.uint64(at: FrameLayout.ip))
        checksum.add(frame.uint64(at: FrameLayout.timeToLive))
        checksum.add(UInt64(frame.uint32(at: FrameLayout.destinationAddress)))
        guard checksum.folded == 0xFFFF else { return .ipChecksum }
        // "More fragments" or a nonzero offset. "Don't fragment" and the reserved bit do not matter here.
        guard frame.uint16(at: FrameLayout.flagsAndFragmentOffset) & 0x3FFF == 0 else { return .fragment }
        return frame[FrameLayout.transportProtocol] == FrameValue.protocolUDP ? nil : .notUDP
    }

    @inline(always)
    private static func checkUDP(
        _ frame: Span<UInt8>, as role: MessageRole, udpChecksum: UDPChecksumState
    ) -> DropReason? {
        let byteCount = frame.count &- FrameLayout.udp
        guard Int(frame.uint16(at: FrameLayout.udpLength)) == byteCount else { return .udpLength }
        let port = frame.uint16(at: FrameLayout.destinationPort)
        guard port == FrameValue.serverPort || (role == .reply && port == FrameValue.clientPort) else {
            return .port
        }
        // A checksum of 0 means that the sender computed none (RFC 768).
        guard udpChecksum == .unknown, frame.uint16(at: FrameLayout.udpChecksum) != 0 else { return nil }
        // The addresses are right before the UDP header, in the order of the pseudo header.
        var checksum = InternetChecksum()
        checksum.add(UInt16(FrameValue.protocolUDP))
        checksum.add(UInt16(truncatingIfNeeded: byteCount))
        checksum.add(frame.extracting(droppingFirst: FrameLayout.sourceAddress))
        return checksum.folded == 0xFFFF ? nil : .udpChecksum
    }

    @inline(always)
    private static func checkBOOTP(_ frame: Span<UInt8>, as role: MessageRole) -> DropReason? {
        let op = role == .request ? FrameValue.bootRequest : FrameValue.bootReply
        guard frame[FrameLayout.op] == op else { return .op }
        guard frame[FrameLayout.htype] == FrameValue.htypeEthernet,
            frame[FrameLayout.hlen] == FrameValue.hlenEthernet
        else { return .hardwareType }
        let chaddr = frame.macAddress(at: FrameLayout.chaddr)
        guard chaddr != .zero, !chaddr.isMulticast else { return .chaddr }
        return frame.uint32(at: FrameLayout.magicCookie) == FrameValue.magicCookie ? nil : .magicCookie
    }
}

extension MessageType {
    /// Whether servers send this type (RFC 2131 section 3.1, table 2).
    @inline(always)
    var isReply: Bool {
        switch self {
        case .offer, .ack, .nak: true
        case .discover, .request, .decline, .release, .inform: false
        }
    }
}
