import Addresses

@testable import FastDHCP

/// The result of parsing a frame, copied out of it so that a test can keep and compare it.
enum Reading: Equatable {
    case message(ReadMessage)
    case dropped(DropReason)

    var message: ReadMessage? {
        guard case .message(let message) = self else { return nil }
        return message
    }

    var reason: DropReason? {
        guard case .dropped(let reason) = self else { return nil }
        return reason
    }
}

/// Every field and option of a message that has a getter.
struct ReadMessage: Equatable {
    let ethernetDestination: MACAddress
    let ethernetSource: MACAddress
    let sourceAddress: IPv4Address
    let destinationAddress: IPv4Address
    let sourcePort: UInt16
    let destinationPort: UInt16
    let op: UInt8
    let hops: UInt8
    let xid: UInt32
    let secs: UInt16
    let flags: UInt16
    let isBroadcastFlagSet: Bool
    let ciaddr: IPv4Address
    let yiaddr: IPv4Address
    let siaddr: IPv4Address
    let giaddr: IPv4Address
    let chaddr: MACAddress
    let messageType: MessageType
    let requestedIPAddress: IPv4Address?
    let serverIdentifier: IPv4Address?
    let ipAddressLeaseTime: UInt32?
    let maximumMessageSize: UInt16?
    let hasRapidCommit: Bool
    let parameterRequestList: [UInt8]?
    let clientIdentifier: [UInt8]?
    let relayAgentInformation: [UInt8]?
    let hostName: [UInt8]?
    /// The result of the generic look-up, by code.
    let options: [UInt8: [UInt8]]

    init(_ view: borrowing MessageView, codes: some Collection<UInt8>) {
        ethernetDestination = view.ethernetDestination
        ethernetSource = view.ethernetSource
        sourceAddress = view.sourceAddress
        destinationAddress = view.destinationAddress
        sourcePort = view.sourcePort
        destinationPort = view.destinationPort
        op = view.op
        hops = view.hops
        xid = view.xid
        secs = view.secs
        flags = view.flags
        isBroadcastFlagSet = view.isBroadcastFlagSet
        ciaddr = view.ciaddr
        yiaddr = view.yiaddr
        siaddr = view.siaddr
        giaddr = view.giaddr
        chaddr = view.chaddr
        messageType = view.messageType
        requestedIPAddress = view.requestedIPAddress
        serverIdentifier = view.serverIdentifier
        ipAddressLeaseTime = view.ipAddressLeaseTime
        maximumMessageSize = view.maximumMessageSize
        hasRapidCommit = view.hasRapidCommit
        parameterRequestList = readBytes(view.parameterRequestList)
        clientIdentifier = readBytes(view.clientIdentifier)
        relayAgentInformation = readBytes(view.relayAgentInformation)
        hostName = readBytes(view.hostName)
        var options: [UInt8: [UInt8]] = [:]
        for code in codes { options[code] = readBytes(view.option(OptionCode(rawValue: code))) }
        self.options = options
    }
}

/// Parses `bytes` as the server does, or as a client with role `.reply`.
func read(
    _ bytes: [UInt8], as role: MessageRole = .request, udpChecksum: UDPChecksumState = .unknown,
    interface: MACAddress = WireFrame.interface
) -> Reading {
    switch MessageView.parse(bytes.span, as: role, udpChecksum: udpChecksum, interface: interface) {
    // A code that is not among the bytes cannot be among the options.
    case .message(let view): .message(ReadMessage(view, codes: Set(bytes.dropFirst(86))))
    case .dropped(let reason): .dropped(reason)
    }
}

func read(_ frame: WireFrame, as role: MessageRole = .request) -> Reading { read(frame.bytes, as: role) }

/// Reads a message with these options; nil when it is dropped.
func read(options: [UInt8]) -> ReadMessage? { read(WireFrame(options: options)).message }

/// Reads only one option of a frame; also nil when the frame is dropped.
func read(_ code: UInt8, of bytes: [UInt8]) -> [UInt8]? {
    switch MessageView.parse(bytes.span, as: .request, udpChecksum: .valid, interface: WireFrame.interface) {
    case .message(let view): readBytes(view.option(OptionCode(rawValue: code)))
    case .dropped: nil
    }
}

/// The bytes of an option, by subscript and by copy, which must agree.
func readBytes(_ value: consuming OptionValue?) -> [UInt8]? {
    switch value {
    case nil: return nil
    case .some(let value):
        let bySubscript = (0..<value.byteCount).map { value[$0] }
        var byCopy = [UInt8](repeating: 0xEE, count: value.byteCount + 2)
        var target = byCopy.mutableSpan
        value.copy(into: &target, at: 1)
        precondition(byCopy == [0xEE] + bySubscript + [0xEE], "the two ways to read an option disagree")
        return bySubscript
    }
}
