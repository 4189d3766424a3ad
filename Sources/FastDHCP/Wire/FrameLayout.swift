/// Byte offsets of every fixed field in an Ethernet frame that carries a DHCP message, in wire order.
///
/// Frames with IP options are dropped, so the IPv4 header has a fixed size and each field has one offset.
enum FrameLayout {
    // Ethernet II, 14 bytes.
    static let ethernetDestination = 0
    static let ethernetSource = 6
    static let etherType = 12

    // IPv4 (RFC 791 section 3.1), 20 bytes.
    static let ip = 14
    static let versionAndHeaderLength = 14
    static let totalLength = 16
    static let identification = 18
    static let flagsAndFragmentOffset = 20
    static let timeToLive = 22
    static let transportProtocol = 23
    static let headerChecksum = 24
    static let sourceAddress = 26
    static let destinationAddress = 30

    // UDP (RFC 768), 8 bytes.
    static let udp = 34
    static let sourcePort = 34
    static let destinationPort = 36
    static let udpLength = 38
    static let udpChecksum = 40

    // BOOTP (RFC 2131 section 2, table 1), 236 bytes.
    static let bootp = 42
    static let op = 42
    static let htype = 43
    static let hlen = 44
    static let hops = 45
    static let xid = 46
    static let secs = 50
    static let flags = 52
    static let ciaddr = 54
    static let yiaddr = 58
    static let siaddr = 62
    static let giaddr = 66
    static let chaddr = 70
    static let sname = 86
    static let file = 150

    // DHCP (RFC 2131 section 3).
    static let magicCookie = 278
    static let options = 282
}

/// The fixed values of those fields.
enum FrameValue {
    static let etherTypeIPv4: UInt16 = 0x0800
    /// IEEE 802.1Q, a customer tag.
    static let etherTypeVLAN: UInt16 = 0x8100
    /// IEEE 802.1ad, a service tag.
    static let etherTypeServiceVLAN: UInt16 = 0x88A8
    /// Version 4, a header of five words (no IP options), type of service 0.
    static let versionToTypeOfService: UInt16 = 0x4500
    /// Identification 0 and the flag DF. A datagram that is never fragmented needs no identification (RFC 6864 section
    /// 4.1).
    static let identificationAndFlags: UInt32 = 0x0000_4000
    /// 64 hops, UDP.
    static let timeToLiveAndProtocol: UInt16 = 0x4011
    static let protocolUDP: UInt8 = 17
    static let serverPort: UInt16 = 67
    static let clientPort: UInt16 = 68
    static let bootRequest: UInt8 = 1
    static let bootReply: UInt8 = 2
    static let htypeEthernet: UInt8 = 1
    static let hlenEthernet: UInt8 = 6
    static let magicCookie: UInt32 = 0x6382_5363
    /// The flag with which a client asks for a broadcast reply (RFC 2131 section 2, figure 2).
    static let broadcastFlag: UInt16 = 0x8000
}

/// The limits on the length of a message, in bytes.
enum MessageSize {
    /// The longest IP datagram that every client must accept (RFC 2131 section 2). Option 57 cannot lower it.
    static let minimumLimit: UInt16 = 576
    /// The longest IP datagram that a writer produces: Ethernet's own limit.
    static let maximumLimit: UInt16 = 1500
    /// The shortest BOOTP message (RFC 951 section 3). Some clients and relays drop shorter ones.
    static let minimumMessageByteCount = 300
    /// How many bytes a writer stores at once. The frame must end at least this far before the end of the writer's
    /// memory.
    static let wordByteCount = 8
    /// The memory that a writer needs for a datagram of `minimumLimit`.
    static let smallestFrameByteCapacity = FrameLayout.ip + Int(minimumLimit) + wordByteCount
    /// The most memory that a writer uses: the longest Ethernet frame and one word behind it.
    static let frameByteCapacity = FrameLayout.ip + Int(maximumLimit) + wordByteCount
}
