public import Addresses

/// Who answers: the source of every reply.
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

/// Writes replies as whole Ethernet frames, straight into the memory that they leave from.
public struct ReplyWriter: Sendable {
    private let server: ServerIdentity
    /// What most clients are told, next at hand.
    private let options: ConfiguredOptions
    private var repeated = RepeatedOptions()

    /// - Parameter options: what clients are told unless `write` is given something else.
    public init(server: ServerIdentity, options: ConfiguredOptions) {
        self.server = server
        self.options = options
    }

    /// The room that `write` makes use of. With less, as on a link with a small MTU, replies are shorter.
    public static let frameByteCapacity = MessageSize.frameByteCapacity

    /// The room that `write` needs for what every client must be sent.
    public static let smallestFrameByteCapacity = MessageSize.smallestFrameByteCapacity

    /// Writes `reply`, with both checksums. Inout only because fixed arrays are read in place from a variable alone, and else
    /// copied at each use.
    ///
    /// Options: the message type (53); what the client asked for, in its order; what it must get and did not
    /// ask for (54, 51, 58, 59, 1, 3, 6); rapid commit (80); the client identifier (61); the relay's option
    /// (82), last. Requested options that do not fit in the client's limit, or in `frame`, stand in `file` and `sname`, or are
    /// left out one by one: see `Reply.omittedOption`. A NAK has no options but 53, 54, 61 and 82 (RFC 2131 section 4.3.1,
    /// table 3).
    /// - Returns: The bytes of the frame.
    /// - Precondition: `frame` has room for `smallestFrameByteCapacity` bytes.
    @inline(__always)
    public mutating func write(_ reply: inout Reply, into frame: inout MutableSpan<UInt8>) -> Int {
        Self.write(&reply, server: server, options: options, boot: nil, &repeated, into: &frame)
    }

    /// Writes a reply to a client that is told something of its own.
    @inline(never)
    mutating func write(
        _ reply: inout Reply, options: ConfiguredOptions, boot: BootAnswer?, into frame: inout MutableSpan<UInt8>
    ) -> Int {
        Self.write(&reply, server: server, options: options, boot: boot, &repeated, into: &frame)
    }

    /// Writes a single reply.
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
            let start = writer.fingerprint
            appendParameters(of: &reply, server: server, options: options, boot: boot, to: &writer)
            if writer.hasOmission {
                return writeOverloaded(&reply, server: server, options: options, boot: boot, from: start, &writer)
            }
            writer.remember(from: start.position, as: &repeated, of: reply)
        }
        appendEchoes(of: &reply, to: &writer)
        return writer.finish(header(of: reply, server: server), bootFile: boot?.fileWords ?? [])
    }

    /// Whether so many bytes fit beside what the reply echoes.
    @inline(always)
    private static func hasRoom(for reply: inout Reply, _ byteCount: Int, in writer: borrowing FrameWriter) -> Bool {
        writer.hasRoom(
            for: byteCount &+ reply.clientIdentifier.byteCount &+ reply.relayAgentInformation.byteCount)
    }

    /// The options that tell the client its lease and its network.
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

    /// Appends an option that the server or the lease gives a value to; false for any other.
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

    /// Options 61 and 82 as they came. Where the two do not fit together, the relay's goes: without it the
    /// reply does not arrive.
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

    /// The bytes of what this reply carries whatever was asked for, what it echoes included. But for the echoes they always
    /// fit: see `ConfiguredOptions.requiredByteCapacity`.
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
