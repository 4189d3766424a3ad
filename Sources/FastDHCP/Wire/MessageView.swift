public import Addresses

/// A borrowed view of one Ethernet frame that carries a DHCP message. It cannot outlive the frame.
///
/// Only ``parse(_:as:udpChecksum:interface:)`` makes one. It checks the length once, so no getter can fail afterwards.
/// Fields keep the names of RFC 2131 section 2, table 1. Numbers are in host byte order.
public struct MessageView: ~Escapable {
    /// The frame up to the end of the UDP payload, at least `FrameLayout.options` bytes.
    let frame: Span<UInt8>
    let index: OptionIndex
    /// Option 53.
    public let messageType: MessageType

    @inline(always)
    @_lifetime(copy frame)
    init(frame: Span<UInt8>, index: OptionIndex, messageType: MessageType) {
        self.frame = frame
        self.index = index
        self.messageType = messageType
    }

    /// The frame. The precondition repeats the length check of the parser, which lets the compiler drop the bounds
    /// check of each field.
    @inline(always)
    private var fixed: Span<UInt8> {
        @_lifetime(copy self) get {
            precondition(frame.count >= FrameLayout.options, "a message has all fixed fields")
            return frame
        }
    }
}

// The headers below DHCP.
extension MessageView {
    @inline(__always)
    public var ethernetDestination: MACAddress { fixed.macAddress(at: FrameLayout.ethernetDestination) }

    @inline(__always)
    public var ethernetSource: MACAddress { fixed.macAddress(at: FrameLayout.ethernetSource) }

    /// The IPv4 source. 0.0.0.0 from a client that has no address yet.
    @inline(__always)
    public var sourceAddress: IPv4Address { fixed.ipv4Address(at: FrameLayout.sourceAddress) }

    @inline(__always)
    public var destinationAddress: IPv4Address { fixed.ipv4Address(at: FrameLayout.destinationAddress) }

    /// The UDP source port: 68 from a client, 67 from a relay, any port from a client behind address translation.
    @inline(__always)
    public var sourcePort: UInt16 { fixed.uint16(at: FrameLayout.sourcePort) }

    @inline(__always)
    public var destinationPort: UInt16 { fixed.uint16(at: FrameLayout.destinationPort) }
}

// The fixed fields of the message, RFC 2131 section 2, table 1.
extension MessageView {
    /// 1 in a request, 2 in a reply. Offset 0.
    @inline(__always)
    public var op: UInt8 { fixed[FrameLayout.op] }

    /// How many relays the message has passed. Offset 3.
    @inline(__always)
    public var hops: UInt8 { fixed[FrameLayout.hops] }

    /// Transaction ID, chosen by the client. Offset 4.
    @inline(__always)
    public var xid: UInt32 { fixed.uint32(at: FrameLayout.xid) }

    /// Seconds since the client began to acquire or renew an address. Offset 8.
    @inline(__always)
    public var secs: UInt16 { fixed.uint16(at: FrameLayout.secs) }

    /// Bit 15 is the broadcast flag. The other bits must be zero. Offset 10.
    @inline(__always)
    public var flags: UInt16 { fixed.uint16(at: FrameLayout.flags) }

    /// Whether the client cannot receive unicast until it has an address (RFC 2131 section 4.1).
    @inline(__always)
    public var isBroadcastFlagSet: Bool { flags & FrameValue.broadcastFlag != 0 }

    /// Client IP address. Only a client in state BOUND, RENEWING or REBINDING fills it in. Offset 12.
    @inline(__always)
    public var ciaddr: IPv4Address { fixed.ipv4Address(at: FrameLayout.ciaddr) }

    /// "Your" (client) IP address. Offset 16.
    @inline(__always)
    public var yiaddr: IPv4Address { fixed.ipv4Address(at: FrameLayout.yiaddr) }

    /// IP address of the next server to use in bootstrap. Offset 20.
    @inline(__always)
    public var siaddr: IPv4Address { fixed.ipv4Address(at: FrameLayout.siaddr) }

    /// Relay agent IP address. Offset 24.
    @inline(__always)
    public var giaddr: IPv4Address { fixed.ipv4Address(at: FrameLayout.giaddr) }

    /// Client hardware address, the first 6 of its 16 bytes. Offset 28.
    @inline(__always)
    public var chaddr: MACAddress { fixed.macAddress(at: FrameLayout.chaddr) }
}

/// The value of option 53, which makes a BOOTP message a DHCP message (RFC 2132 section 9.6).
///
/// A closed set: this server does not implement FORCERENEW (9), the LEASEQUERY family (10 to 13) or later types.
public enum MessageType: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case discover = 1
    case offer, request, decline, ack, nak, release, inform
}
