import Addresses
import FastDHCP

/// All that a view tells of a message.
struct Fields: Equatable {
    var request: Request
    /// The options that `request` has no field for, encoded, in the order of their codes.
    var options: [UInt8] = []

    /// - Parameter frame: the octets behind the view, for the codes that its options can have.
    init(_ view: borrowing MessageView, in frame: Span<UInt8>) {
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
        for code in codes(in: frame) where !Self.codesOfRequest.contains(code) {
            guard let value = view.option(OptionCode(rawValue: code)) else { continue }
            options += [code, UInt8(value.byteCount)] + octets(value)
        }
        // The index made while parsing and the walk over the options are two ways to the same values.
        precondition(octets(view.clientIdentifier) == octets(view.option(.clientIdentifier)))
        precondition(octets(view.relayAgentInformation) == octets(view.option(.relayAgentInformation)))
        precondition(octets(view.parameterRequestList) == octets(view.option(.parameterRequestList)))
        precondition(octets(view.hostName) == octets(view.option(.hostName)))
    }

    /// The options that are fields of `Request`.
    private static let codesOfRequest: Set<UInt8> = [50, 53, 54, 57, 80]
}

/// The value of an option; empty when there is none.
func octets(_ value: consuming OptionValue?) -> [UInt8] {
    guard let value else { return [] }
    return (0..<value.byteCount).map { value[$0] }
}

/// The codes that stand where options can stand, ascending: those of the options field, file and sname.
private func codes(in frame: Span<UInt8>) -> [UInt8] {
    var isThere = [Bool](repeating: false, count: 256)
    for field in [282..<frame.count, 150..<278, 86..<150] {
        var position = field.lowerBound
        while position < field.upperBound, frame[position] != 255 {
            isThere[Int(frame[position])] = true
            let isPad = frame[position] == 0
            position += isPad || position + 1 == field.upperBound ? 1 : 2 + Int(frame[position + 1])
        }
    }
    return (1...254).filter { isThere[Int($0)] }
}
