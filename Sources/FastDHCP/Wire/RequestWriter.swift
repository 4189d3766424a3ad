public import Addresses

/// A client's message, for load generators and tests. The defaults are those of a client that has no address yet.
public struct Request: Equatable, Sendable {
    public var messageType: MessageType
    public var chaddr: MACAddress
    public var xid: UInt32

    /// The Ethernet source. It is chaddr unless a relay or another station sends the frame.
    public var ethernetSource: MACAddress
    public var ethernetDestination = MACAddress.broadcast
    public var sourceAddress = IPv4Address.unspecified
    public var destinationAddress = IPv4Address.broadcast
    /// 68, or 67 for a relay.
    public var sourcePort = FrameValue.clientPort

    public var hops: UInt8 = 0
    public var secs: UInt16 = 0
    public var flags: UInt16 = 0
    public var ciaddr = IPv4Address.unspecified
    public var giaddr = IPv4Address.unspecified

    /// Option 50.
    public var requestedIPAddress: IPv4Address?
    /// Option 54.
    public var serverIdentifier: IPv4Address?
    /// Option 57.
    public var maximumMessageSize: UInt16?
    /// Option 80.
    public var hasRapidCommit = false

    public init(_ messageType: MessageType, chaddr: MACAddress, xid: UInt32) {
        self.messageType = messageType
        self.chaddr = chaddr
        self.xid = xid
        ethernetSource = chaddr
    }
}

/// Writes a request as a complete Ethernet frame: the counterpart of ``ReplyWriter``.
public enum RequestWriter {
    /// The memory that `write` needs, in bytes.
    public static let frameByteCapacity = MessageSize.frameByteCapacity

    /// The largest size of `options`, in bytes: what an Ethernet frame holds beside the options that `Request` names.
    public static let optionsByteCapacity = 1200

    /// Writes `request`, including both checksums.
    /// - Parameter options: further encoded options, such as a parameter request list. They follow the options that
    ///   `request` names.
    /// - Returns: The size of the frame in bytes.
    /// - Precondition: `frame` has room for `frameByteCapacity` bytes, and `options` has at most `optionsByteCapacity`
    ///   bytes.
    public static func write(
        _ request: Request, options: Span<UInt8>, into frame: inout MutableSpan<UInt8>
    ) -> Int {
        precondition(options.count <= optionsByteCapacity, "the options exceed a frame")
        var writer = FrameWriter(&frame, datagramByteLimit: Int(MessageSize.maximumLimit))
        writer.append(.dhcpMessageType, request.messageType.rawValue)
        if let address = request.requestedIPAddress { writer.append(.requestedIPAddress, address.rawValue) }
        if let address = request.serverIdentifier { writer.append(.serverIdentifier, address.rawValue) }
        if let size = request.maximumMessageSize { writer.append(.maximumDHCPMessageSize, size) }
        if request.hasRapidCommit { writer.append(.rapidCommit) }
        writer.append(encoded: options)
        return writer.finish(header(of: request))
    }

    @inline(always)
    private static func header(of request: Request) -> FrameHeader {
        FrameHeader(
            ethernetDestination: request.ethernetDestination, ethernetSource: request.ethernetSource,
            sourceAddress: request.sourceAddress, destinationAddress: request.destinationAddress,
            sourcePort: request.sourcePort, destinationPort: FrameValue.serverPort,
            op: FrameValue.bootRequest, hops: request.hops, xid: request.xid,
            secs: request.secs, flags: request.flags,
            ciaddr: request.ciaddr, giaddr: request.giaddr, chaddr: request.chaddr)
    }
}
