import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

/// A reply as its client sees it.
struct Answer: Equatable {
    let messageType: MessageType
    let ethernetDestination: MACAddress
    let destinationAddress: IPv4Address
    let destinationPort: UInt16

    let xid: UInt32
    let flags: UInt16
    let ciaddr: IPv4Address
    let yiaddr: IPv4Address
    let siaddr: IPv4Address
    let giaddr: IPv4Address
    let chaddr: MACAddress

    let serverIdentifier: IPv4Address?
    let leaseSeconds: UInt32?
    let renewalSeconds: UInt32?
    let rebindingSeconds: UInt32?
    let hasRapidCommit: Bool
    let clientIdentifier: [UInt8]?
    let relayAgentInformation: [UInt8]?

    /// Writes the reply as a frame and reads it as the client does.
    init(reading reply: Reply) {
        let server = ServerIdentity(address: EngineRig.server, macAddress: EngineRig.bridge)
        var bytes = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let byteCount = ReplyWriter.write(reply, server: server, options: EngineRig.options, into: &frame)
        // The parser accepts replies at ports 67 and 68 only, but a reply goes to the port that the request came from.
        frame.store(FrameValue.clientPort, at: FrameLayout.destinationPort)
        let sent = bytes.span.extracting(0..<byteCount)
        guard case .message(let view) = MessageView.parse(sent, as: .reply, udpChecksum: .valid, interface: .zero)
        else {
            preconditionFailure("a client cannot read the reply")
        }
        self.init(view, port: reply.destinationPort)
    }

    private init(_ view: borrowing MessageView, port: UInt16) {
        messageType = view.messageType
        ethernetDestination = view.ethernetDestination
        destinationAddress = view.destinationAddress
        destinationPort = port
        xid = view.xid
        flags = view.flags
        ciaddr = view.ciaddr
        yiaddr = view.yiaddr
        siaddr = view.siaddr
        giaddr = view.giaddr
        chaddr = view.chaddr
        serverIdentifier = view.serverIdentifier
        leaseSeconds = view.ipAddressLeaseTime
        renewalSeconds = Self.bytes(view.option(.renewalTimeValue)).map(Self.number)
        rebindingSeconds = Self.bytes(view.option(.rebindingTimeValue)).map(Self.number)
        hasRapidCommit = view.hasRapidCommit
        clientIdentifier = Self.bytes(view.clientIdentifier)
        relayAgentInformation = Self.bytes(view.relayAgentInformation)
    }

    /// The reply as the engine has prepared it, without the fields that are only in its options.
    init(_ reply: Reply) {
        messageType = reply.messageType
        ethernetDestination = reply.ethernetDestination
        destinationAddress = reply.destinationAddress
        destinationPort = reply.destinationPort
        xid = reply.xid
        flags = reply.flags
        ciaddr = reply.ciaddr
        yiaddr = reply.yiaddr
        siaddr = reply.siaddr
        giaddr = reply.giaddr
        chaddr = reply.chaddr
        serverIdentifier = nil
        leaseSeconds = reply.leaseSeconds
        renewalSeconds = reply.renewalSeconds
        rebindingSeconds = reply.rebindingSeconds
        hasRapidCommit = reply.hasRapidCommit
        clientIdentifier = nil
        relayAgentInformation = nil
    }

    private static func bytes(_ value: consuming OptionValue?) -> [UInt8]? {
        switch value {
        case nil: nil
        case .some(let value): (0..<value.byteCount).map { value[$0] }
        }
    }

    private static func number(_ bytes: [UInt8]) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
