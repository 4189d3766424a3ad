import Addresses
import FastDHCP

@testable import Storm

/// A client's message as a server reads it.
struct SentMessage: Equatable {
    let frame: [UInt8]
    private(set) var type = MessageType.discover
    private(set) var chaddr = MACAddress.zero
    private(set) var xid: UInt32 = 0
    private(set) var secs: UInt16 = 0
    private(set) var isBroadcastFlagSet = false
    private(set) var ciaddr = IPv4Address.unspecified
    private(set) var requestedIPAddress: IPv4Address?
    private(set) var serverIdentifier: IPv4Address?
    private(set) var hasRapidCommit = false
    private(set) var ethernetSource = MACAddress.zero
    private(set) var ethernetDestination = MACAddress.zero
    private(set) var sourceAddress = IPv4Address.unspecified
    private(set) var destinationAddress = IPv4Address.unspecified

    /// - Precondition: `frame` is a well-formed request.
    init(_ frame: [UInt8]) {
        self.frame = frame
        switch Self.parse(frame) {
        case .dropped(let reason): preconditionFailure("a client's message is malformed: \(reason)")
        case .message(let view): read(view)
        }
    }

    private mutating func read(_ view: borrowing MessageView) {
        type = view.messageType
        chaddr = view.chaddr
        xid = view.xid
        secs = view.secs
        isBroadcastFlagSet = view.isBroadcastFlagSet
        ciaddr = view.ciaddr
        requestedIPAddress = view.requestedIPAddress
        serverIdentifier = view.serverIdentifier
        hasRapidCommit = view.hasRapidCommit
        ethernetSource = view.ethernetSource
        ethernetDestination = view.ethernetDestination
        sourceAddress = view.sourceAddress
        destinationAddress = view.destinationAddress
    }

    /// The frame of a server's answer.
    func reply(
        _ type: MessageType, _ address: IPv4Address, leaseSeconds: UInt32 = 3600,
        _ change: (inout Reply) -> Void = { _ in }
    ) -> [UInt8] {
        guard let options = try? ConfiguredOptions([]) else { preconditionFailure("no options are valid") }
        var reply = Reply()
        switch Self.parse(frame) {
        case .dropped: preconditionFailure("parsed before")
        case .message(let view): reply.prepare(answering: view, configured: options)
        }
        reply.messageType = type
        reply.yiaddr = type == .nak ? .unspecified : address
        reply.ethernetDestination = chaddr
        reply.destinationAddress = .broadcast
        reply.destinationPort = 68
        reply.leaseSeconds = leaseSeconds
        change(&reply)
        var bytes = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
        var span = bytes.mutableSpan
        let byteCount = ReplyWriter.write(reply, server: Dialogue.server, options: options, into: &span)
        return Array(bytes[..<byteCount])
    }

    @_lifetime(borrow frame)
    private static func parse(_ frame: borrowing [UInt8]) -> ParsedFrame {
        MessageView.parse(
            frame.span, as: .request, udpChecksum: .unknown, interface: Dialogue.server.macAddress)
    }
}
