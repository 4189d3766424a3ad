public import Addresses

/// Everything that a reply needs once the request's bytes are gone: an ACK waits as such a record while its
/// binding goes to disk.
///
/// Of fixed size and without references. Make one, keep it, and `prepare` it for each request: only what
/// differs is written.
public struct Reply: BitwiseCopyable, Sendable {
    /// `.offer`, `.ack` or `.nak`.
    public var messageType = MessageType.offer
    /// Where the reply goes, as RFC 2131 section 4.1 says.
    public var ethernetDestination = MACAddress.zero
    /// 0.0.0.0 stands for yiaddr: the client has it from this very reply.
    public var destinationAddress = IPv4Address.unspecified
    public var destinationPort: UInt16 = 0

    public var xid: UInt32 = 0
    public var flags: UInt16 = 0
    public var ciaddr = IPv4Address.unspecified
    public var yiaddr = IPv4Address.unspecified
    public var siaddr = IPv4Address.unspecified
    public var giaddr = IPv4Address.unspecified
    public var chaddr = MACAddress.zero

    /// Option 51 in seconds; 0xffffffff is infinite, 0 sends none (the ACK to an INFORM).
    public var leaseSeconds: UInt32 = 0
    /// T1, option 58, in seconds; 0 sends none.
    public var renewalSeconds: UInt32 = 0
    /// T2, option 59, in seconds; 0 sends none.
    public var rebindingSeconds: UInt32 = 0
    /// Whether the reply commits at once (option 80, RFC 4039). The client's wish is
    /// `MessageView.hasRapidCommit`.
    public var hasRapidCommit = false

    /// The longest IP datagram that the client takes, 576 to 1500 bytes.
    public private(set) var byteLimit = MessageSize.minimumLimit
    /// Whether options may stand in `file` and `sname` (option overload, RFC 2132 section 9.3). Firmware looks for a file's
    /// name there, and iPXE for nothing else.
    private(set) var mayOverload = false
    /// What the client asked for, the server has and the reply did not hold when it was written last, or the first of several.
    public internal(set) var omittedOption: OptionCode?
    /// What the options are taken from.
    private(set) var choice = ReplyChoice()
    var parameters = ReplyParameters()
    var clientIdentifier = EchoedOption()
    var relayAgentInformation = EchoedOption()

    public init() {}

    /// Makes this the blank answer to `request`, as below, with the same options for everyone.
    public mutating func prepare(
        answering request: borrowing MessageView, configured: borrowing ConfiguredOptions
    ) {
        prepare(answering: request, ReplyChoice(), available: configured.available)
    }

    /// Makes this the blank answer to `request`: takes over its xid, flags, giaddr, chaddr, size limit,
    /// request list and the options to echo, and clears all else. Type, addresses, destination and times are
    /// the caller's to decide.
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
