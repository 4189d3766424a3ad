public import Addresses

/// The server's addresses: the source of every reply.
public struct ServerIdentity: Sendable {
    /// The IPv4 source and the server identifier (option 54).
    public let address: IPv4Address
    /// The Ethernet source.
    public let macAddress: MACAddress

    public init(address: IPv4Address, macAddress: MACAddress) {
        self.address = address
        self.macAddress = macAddress
    }
}

/// Writes replies as complete Ethernet frames, directly into the memory from which they are sent.
public struct ReplyWriter: Sendable {
    private let server: ServerIdentity
    /// The options that most clients get, kept here for fast access.
    private let options: ConfiguredOptions
    private var repeated = RepeatedOptions()

    /// - Parameter options: the options that clients get unless `write` is called with others.
    public init(server: ServerIdentity, options: ConfiguredOptions) {
        self.server = server
        self.options = options
    }

    /// The most memory that `write` uses, in bytes. With less, as on a link with a small MTU, replies are shorter.
    public static let frameByteCapacity = MessageSize.frameByteCapacity

    /// The memory that `write` needs for the options that every client must get, in bytes.
    public static let smallestFrameByteCapacity = MessageSize.smallestFrameByteCapacity

    /// Writes `reply`, including both checksums. `inout` only because a fixed array is read in place from a variable,
    /// and copied at each use otherwise.
    ///
    /// The options are, in this order: the message type (53); the options that the client asked for, in its order; the
    /// options that it must get but did not ask for (54, 51, 58, 59, 1, 3, 6); rapid commit (80); the client identifier
    /// (61); the relay agent information (82). Requested options that do not fit in the client's limit or in `frame` go
    /// into `file` and `sname`, or are left out one by one: see `Reply.omittedOption`. A NAK has only options 53, 54,
    /// 61 and 82 (RFC 2131 section 4.3.1, table 3).
    /// - Returns: The size of the frame in bytes.
    /// - Precondition: `frame` has room for `smallestFrameByteCapacity` bytes.
    @inline(__always)
    public mutating func write(_ reply: inout Reply, into frame: inout MutableSpan<UInt8>) -> Int {
        Self.write(&reply, server: server, options: options, boot: nil, &repeated, into: &frame)
    }

    /// Writes a reply with options that are specific to a client.
    @inline(never)
    mutating func write(
        _ reply: inout Reply, options: ConfiguredOptions, boot: BootAnswer?, into frame: inout MutableSpan<UInt8>
    ) -> Int {
        Self.write(&reply, server: server, options: options, boot: boot, &repeated, into: &frame)
    }

    /// Writes one reply without a writer. Options are not remembered for the next one.
    public static func write(
        _ reply: Reply, server: ServerIdentity, options: borrowing ConfiguredOptions,
        into frame: inout MutableSpan<UInt8>
    ) -> Int {
        var repeated = RepeatedOptions()
        var reply = reply
        return write(&reply, server: server, options: options, boot: nil, &repeated, into: &frame)
    }

    @inline(__always)
    static func write(
        _ reply: inout Reply, server: ServerIdentity, options: borrowing ConfiguredOptions, boot: BootAnswer?,
        _ repeated: inout RepeatedOptions, into frame: inout MutableSpan<UInt8>
    ) -> Int {
        var writer = FrameWriter(&frame, datagramByteLimit: Int(reply.byteLimit))
        reply.omittedOption = nil
        writer.append(.dhcpMessageType, reply.messageType.rawValue)
        if reply.messageType == .nak {
            writer.append(.serverIdentifier, server.address.rawValue)
        } else if repeated.match(&reply), hasRoom(for: &reply, repeated.byteCount, in: writer) {
            writer.append(&repeated, renewalSeconds: reply.renewalSeconds)
        } else {
            let start = writer.checkpoint
            appendParameters(of: &reply, server: server, options: options, boot: boot, to: &writer)
            if writer.hasOmission {
                return writeOverloaded(&reply, server: server, options: options, boot: boot, from: start, &writer)
            }
            writer.remember(from: start.position, as: &repeated, of: reply)
        }
        appendEchoes(of: &reply, to: &writer)
        return writer.finish(header(of: reply, server: server), bootFile: boot?.fileWords ?? [])
    }

    /// Whether `byteCount` bytes fit beside the options that the reply echoes.
    @inline(always)
    private static func hasRoom(for reply: inout Reply, _ byteCount: Int, in writer: borrowing FrameWriter) -> Bool {
        writer.hasRoom(
            for: byteCount &+ reply.clientIdentifier.byteCount &+ reply.relayAgentInformation.byteCount)
    }

    /// Appends the options that describe the client's lease and its network.
    @inline(always)
    private static func appendParameters(
        of reply: inout Reply, server: ServerIdentity, options: borrowing ConfiguredOptions, boot: BootAnswer?,
        to writer: inout FrameWriter
    ) {
        writer.reservedByteCount = requiredByteCount(of: reply, options: options)
        for index in 0..<reply.parameters.count {
            let code = reply.parameters[index]
            if appendOwn(code, of: reply, server: server, to: &writer) { continue }
            if let boot, boot.options.contains(code) {
                appendConfigured(code, from: boot.options, to: &writer)
            } else {
                appendConfigured(code, from: options, to: &writer)
            }
        }
        if reply.hasRapidCommit { writer.append(.rapidCommit) }
    }

    /// Appends an option whose value comes from the server or the lease. Returns false for any other option.
    @inline(always)
    static func appendOwn(
        _ code: OptionCode, of reply: borrowing Reply, server: ServerIdentity, to writer: inout FrameWriter
    ) -> Bool {
        switch code {
        case .serverIdentifier: writer.appendReserved(code, server.address.rawValue)
        case .ipAddressLeaseTime: writer.appendReserved(code, reply.leaseSeconds)
        case .renewalTimeValue: writer.appendReserved(code, reply.renewalSeconds)
        case .rebindingTimeValue: writer.appendReserved(code, reply.rebindingSeconds)
        default: return false
        }
        return true
    }

    @inline(always)
    private static func appendConfigured(
        _ code: OptionCode, from options: borrowing ConfiguredOptions, to writer: inout FrameWriter
    ) {
        let byteCount = options.encodedByteCount(of: code)
        if code.isRequired {
            writer.reservedByteCount &-= byteCount
        } else if !writer.hasRoom(for: byteCount) {
            writer.hasOmission = true
            return
        }
        writer.append(words: options.encodedWords(of: code), byteCount: byteCount)
    }

    /// Appends options 61 and 82 unchanged. If both do not fit, option 82 (the relay's) is kept: without it the reply
    /// does not reach the client.
    @inline(always)
    static func appendEchoes(of reply: inout Reply, to writer: inout FrameWriter) {
        let clientIdentifierByteCount = reply.clientIdentifier.byteCount
        let relayAgentInformationByteCount = reply.relayAgentInformation.byteCount
        writer.reservedByteCount = relayAgentInformationByteCount
        if writer.hasRoom(for: clientIdentifierByteCount) {
            writer.append(&reply.clientIdentifier)
        } else {
            reply.omittedOption = reply.omittedOption ?? .clientIdentifier
        }
        writer.reservedByteCount = 0
        if writer.hasRoom(for: relayAgentInformationByteCount) {
            writer.append(&reply.relayAgentInformation)
        } else {
            reply.omittedOption = reply.omittedOption ?? .relayAgentInformation
        }
    }

    /// The size in bytes of all options that this reply carries even if the client did not ask for them, echoed options
    /// included. Except for the echoes they always fit: see `ConfiguredOptions.requiredByteCapacity`.
    @inline(always)
    static func requiredByteCount(of reply: borrowing Reply, options: borrowing ConfiguredOptions) -> Int {
        var byteCount =
            options.requiredByteCount &+ 6 &+ reply.clientIdentifier.byteCount &+ reply.relayAgentInformation.byteCount
        if reply.leaseSeconds != 0 { byteCount &+= 6 }
        if reply.renewalSeconds != 0 { byteCount &+= 6 }
        if reply.rebindingSeconds != 0 { byteCount &+= 6 }
        if reply.hasRapidCommit { byteCount &+= 2 }
        return byteCount
    }

    @inline(always)
    static func header(of reply: borrowing Reply, server: ServerIdentity) -> FrameHeader {
        FrameHeader(
            ethernetDestination: reply.ethernetDestination, ethernetSource: server.macAddress,
            sourceAddress: server.address,
            destinationAddress: reply.destinationAddress == .unspecified
                ? reply.yiaddr : reply.destinationAddress,
            sourcePort: FrameValue.serverPort, destinationPort: reply.destinationPort,
            op: FrameValue.bootReply, xid: reply.xid, flags: reply.flags,
            ciaddr: reply.ciaddr, yiaddr: reply.yiaddr, siaddr: reply.siaddr, giaddr: reply.giaddr,
            chaddr: reply.chaddr)
    }
}
