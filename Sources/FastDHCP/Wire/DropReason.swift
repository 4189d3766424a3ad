/// Why a received frame is dropped. The reason takes one byte, so a hostile frame costs one counter increment and
/// nothing else.
///
/// The cases are in the order of the layers. The reason is the first check that fails.
public enum DropReason: UInt8, CaseIterable, Sendable {
    // What the kernel reports about the frame.
    /// The frame is leaving through this interface.
    case outgoing
    /// The frame is addressed to another station.
    case otherHost
    /// The EtherType is that of a VLAN tag. A frame whose tag the kernel has stripped arrives as `otherHost`.
    case vlanTagged

    // Ethernet.
    /// The frame ends before the end of the DHCP magic cookie.
    case tooShort
    /// The Ethernet source is this interface's own address.
    case ownFrame
    /// The Ethernet source is a group address.
    case multicastSource
    /// The EtherType or the IP version is not that of IPv4.
    case notIPv4

    // IPv4, RFC 791 section 3.1.
    /// The IP header length is below 20 bytes.
    case ipHeaderLength
    /// The packet carries IP options, such as a source route.
    case ipOptions
    /// The IP total length differs from the number of bytes in the frame.
    case ipTotalLength
    case ipChecksum
    /// The packet is a fragment. First fragments are dropped too.
    case fragment
    case notUDP

    // UDP, RFC 768.
    /// The UDP length differs from the number of bytes in the IP datagram.
    case udpLength
    case udpChecksum
    /// The destination port is not a DHCP port of the reader.
    case port

    // BOOTP, RFC 2131 section 2.
    /// op is not what the reader's role receives. A server that answered replies would cause a loop.
    case op
    /// htype is not Ethernet, or hlen is not 6.
    case hardwareType
    /// chaddr is zero or a group address, which no interface has.
    case chaddr
    case magicCookie

    // DHCP options.
    /// The message has no message type (option 53): the client speaks BOOTP.
    case bootp
    /// The message type does not exist, or the reader's role does not receive it.
    case messageType
    /// An option that must be copied into the reply is longer than 255 bytes after joining (RFC 3396).
    case optionTooLong

    // Checks that the engine makes before it decides.
    /// The Ethernet source is not chaddr, and the message is neither relayed nor a renewal of chaddr's own lease.
    case sourceMACMismatch
    /// giaddr names a relay that the operator has not allowed.
    case relayNotAllowed
}

extension DropReason: CustomStringConvertible {
    /// The value of the metric's `reason` label, in snake_case.
    public var description: String {
        switch self {
        case .outgoing: "outgoing"
        case .otherHost: "other_host"
        case .vlanTagged: "vlan_tagged"
        case .tooShort: "too_short"
        case .ownFrame: "own_frame"
        case .multicastSource: "multicast_source"
        case .notIPv4: "not_ipv4"
        case .ipHeaderLength: "ip_header_length"
        case .ipOptions: "ip_options"
        case .ipTotalLength: "ip_total_length"
        case .ipChecksum: "ip_checksum"
        case .fragment: "fragment"
        case .notUDP: "not_udp"
        case .udpLength: "udp_length"
        case .udpChecksum: "udp_checksum"
        case .port: "port"
        case .op: "op"
        case .hardwareType: "hardware_type"
        case .chaddr: "chaddr"
        case .magicCookie: "magic_cookie"
        case .bootp: "bootp"
        case .messageType: "message_type"
        case .optionTooLong: "option_too_long"
        case .sourceMACMismatch: "source_mac_mismatch"
        case .relayNotAllowed: "relay_not_allowed"
        }
    }
}
