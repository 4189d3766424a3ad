import Addresses
import FastDHCP

/// All that a view tells of a message.
struct Fields: Equatable {
    var request: Request
    /// The options of variable length, encoded.
    var options: [UInt8] = []

    init(_ view: borrowing MessageView) {
        request = Request(view.messageType, chaddr: view.chaddr, xid: view.xid)
        request.ethernetSource = view.ethernetSource
        request.ethernetDestination = view.ethernetDestination
        request.sourceAddress = view.sourceAddress
        request.destinationAddress = view.destinationAddress
        request.sourcePort = view.sourcePort
        request.hops = view.hops
        request.secs = view.secs
        request.flags = view.flags
        request.ciaddr = view.ciaddr
        request.giaddr = view.giaddr
        request.requestedIPAddress = view.requestedIPAddress
        request.serverIdentifier = view.serverIdentifier
        request.maximumMessageSize = view.maximumMessageSize
        request.hasRapidCommit = view.hasRapidCommit
        if let value = view.parameterRequestList { append(.parameterRequestList, value) }
        if let value = view.clientIdentifier { append(.clientIdentifier, value) }
        if let value = view.hostName { append(.hostName, value) }
        if let value = view.relayAgentInformation { append(.relayAgentInformation, value) }
    }

    private mutating func append(_ code: OptionCode, _ value: borrowing OptionValue) {
        options.append(code.rawValue)
        options.append(UInt8(value.byteCount))
        for index in 0..<value.byteCount { options.append(value[index]) }
    }
}
