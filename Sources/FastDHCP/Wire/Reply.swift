public import Addresses

/// Everything that is needed to write a reply after the request's frame is gone. An ACK waits in this form while its
/// binding goes to disk.
///
/// A reply has a fixed size and no references. Make one, keep it, and call `prepare` for each request: that writes only
/// what differs.
public struct Reply: BitwiseCopyable, Sendable {
    /// `.offer`, `.ack` or `.nak`.
    public var messageType = MessageType.offer
    /// Where the reply goes, as RFC 2131 section 4.1 says.
    public var ethernetDestination = MACAddress.zero
    /// 0.0.0.0 stands for yiaddr: the client gets its address from this reply.
    public var destinationAddress = IPv4Address.unspecified
    public var destinationPort: UInt16 = 0

    public var xid: UInt32 = 0
    public var flags: UInt16 = 0
    public var ciaddr = IPv4Address.unspecified
    public var yiaddr = IPv4Address.unspecified
    public var siaddr = IPv4Address.unspecified
    public var giaddr = IPv4Address.unspecified
    public var chaddr = MACAddress.zero

    /// Option 51 in seconds. 0xffffffff means infinity. 0 leaves the option out (as in the ACK to an INFORM).
    public var leaseSeconds: UInt32 = 0
    /// T1, option 58, in seconds. 0 leaves the option out.
    public var renewalSeconds: UInt32 = 0
    /// T2, option 59, in seconds. 0 leaves the option out.
    public var rebindingSeconds: UInt32 = 0
    /// Whether the reply carries rapid commit (option 80, RFC 4039). Whether the client asks for it is in
    /// `MessageView.hasRapidCommit`.
    public var hasRapidCommit = false

    /// The longest IP datagram that the client accepts, 576 to 1500 bytes.
    public private(set) var byteLimit = MessageSize.minimumLimit
    /// Whether `file` and `sname` may hold options (option overload, RFC 2132 section 9.3). Not for firmware: it looks
    /// for a file name in `file`, and iPXE looks for nothing else there.
    private(set) var mayOverload = false
    /// The first option that the client asked for and the server has, but that did not fit when the reply was last
    /// written.
    public internal(set) var omittedOption: OptionCode?
    /// Which set of options the reply uses.
    private(set) var choice = ReplyChoice()
    var parameters = ReplyParameters()
    var clientIdentifier = EchoedOption()
    var relayAgentInformation = EchoedOption()

    public init() {}

    /// Makes this an empty answer to `request`, as below, with the options that all clients get.
    public mutating func prepare(
        answering request: borrowing MessageView, configured: borrowing ConfiguredOptions
    ) {
        prepare(answering: request, ReplyChoice(), available: configured.available)
    }

    /// Makes this an empty answer to `request`. Takes the xid, flags, giaddr, chaddr, size limit, parameter request
    /// list and echoed options from the request. Clears the other addresses, the times and rapid commit. The caller
    /// sets the type, the addresses, the destination and the times.
    @inline(__always)
    mutating func prepare(
        answering request: borrowing MessageView, _ choice: ReplyChoice, available: OptionCodeSet
    ) {
        self.choice = choice
        xid = request.xid
        flags = request.flags
        ciaddr = .unspecified
        yiaddr = .unspecified
        siaddr = .unspecified
        giaddr = request.giaddr
        chaddr = request.chaddr
        leaseSeconds = 0
        renewalSeconds = 0
        rebindingSeconds = 0
        hasRapidCommit = false
        byteLimit = min(request.maximumMessageSize ?? MessageSize.minimumLimit, MessageSize.maximumLimit)
        mayOverload = request.clientSystemArchitecture == nil
        parameters.prepare(answering: request, available: available)
        clientIdentifier.clear()
        if let value = request.clientIdentifier { clientIdentifier.copy(.clientIdentifier, value) }
        relayAgentInformation.clear()
        if let value = request.relayAgentInformation {
            relayAgentInformation.copy(.relayAgentInformation, value)
        }
    }
}

/// Identifies the set of options that a reply uses. The engine makes the choice, and the policy gives the number its
/// meaning. Here it is only compared: two replies with the same choice and the same codes have the same options.
struct ReplyChoice: RawRepresentable, Equatable, Sendable {
    var rawValue: UInt64 = 0
}
