/// Why a received frame is dropped. One byte, so that hostile input costs a counter and nothing else.
///
/// Cases stand in the order of the layers; the first check that fails is the reason.
public enum DropReason: UInt8, CaseIterable, Sendable {
    // What the kernel says of the frame.
    /// It is on its way out of this interface.
    case outgoing
    /// It is addressed to another station.
    case otherHost
    /// It carries a VLAN tag, in the frame or beside it.
    case vlanTagged

    // Ethernet.
    /// It ends before the DHCP magic cookie.
    case tooShort
    /// Its source is this interface's own address.
    case ownFrame
    /// Its source is a group address.
    case multicastSource
    /// Neither an IPv4 EtherType nor an IPv4 version.
    case notIPv4

    // IPv4, RFC 791 section 3.1.
    /// The header length is below 20 bytes.
    case ipHeaderLength
    /// It carries IP options, such as a source route.
    case ipOptions
    /// The total length differs from what the frame carries.
    case ipTotalLength
    case ipChecksum
    /// It is a fragment, be it the first.
    case fragment
    case notUDP

    // UDP, RFC 768.
    /// The length differs from what the IP datagram carries.
    case udpLength
    case udpChecksum
    /// It is addressed to a port where nobody listens.
    case port

    // BOOTP, RFC 2131 section 2.
    /// op is not what the reader's role receives: an answered reply would be a loop.
    case op
    /// htype is not Ethernet, or hlen not 6.
    case hardwareType
    /// chaddr is zero or a group address, which no interface has.
    case chaddr
    case magicCookie

    // DHCP options.
    /// No message type (option 53): the client speaks BOOTP.
    case bootp
    /// A message type that the reader's role does not receive, or none that exists.
    case messageType
    /// An option that must be copied back is longer than 255 bytes after joining (RFC 3396).
    case optionTooLong

    // What the engine asks of a message before it decides.
    /// The Ethernet source is not chaddr: whatever the message asks for, its sender is told nothing.
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
