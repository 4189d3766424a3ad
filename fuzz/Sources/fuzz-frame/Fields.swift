import Addresses
import FastDHCP

/// All that a view tells of a message.
struct Fields: Equatable {
    var request: Request
    /// The options that `request` has no field for, encoded, in the order of their codes.
    var options: [UInt8] = []

    /// - Parameter frame: the bytes behind the view, from which its options are read once more.
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
        let joined = joinedOptions(in: frame)
        for code in UInt8(1)...254 where joined.isThere[Int(code)] {
            guard let value = view.option(OptionCode(rawValue: code)) else {
                let byteCount = joined.values[code]?.count ?? .max
                precondition(!Self.codesOfAnyLength.contains(code) || byteCount > 255, "an option is lost")
                continue
            }
            let found = bigEndian(value)
            precondition(found == joined.values[code], "an option is read wrongly")
            if !Self.codesOfRequest.contains(code) { options += [code, UInt8(found.count)] + found }
        }
        // The index made while parsing and the walk over the options are two ways to the same values.
        precondition(bigEndian(view.clientIdentifier) == bigEndian(view.option(.clientIdentifier)))
        precondition(bigEndian(view.relayAgentInformation) == bigEndian(view.option(.relayAgentInformation)))
        precondition(bigEndian(view.parameterRequestList) == bigEndian(view.option(.parameterRequestList)))
        precondition(bigEndian(view.hostName) == bigEndian(view.option(.hostName)))
    }

    /// The options that are fields of `Request`.
    private static let codesOfRequest: Set<UInt8> = [50, 53, 54, 57, 80]
    /// Codes of the site (RFC 3942 section 4): no length of theirs is wrong. Microsoft took 249 and 252.
    private static let codesOfAnyLength: ClosedRange<UInt8> = 224...248
}

/// The value of an option; empty when there is none.
func bigEndian(_ value: consuming OptionValue?) -> [UInt8] {
    guard let value else { return [] }
    return (0..<value.byteCount).map { value[$0] }
}

/// The options of a frame, read a second time in the plainest way.
private struct JoinedOptions {
    /// The instances of each code put together.
    var values: [UInt8: [UInt8]] = [:]
    /// Whether an byte of this value stands where options can stand.
    var isThere = [Bool](repeating: false, count: 256)
}

/// RFC 2132 section 9.3 says which fields hold options, RFC 3396 section 5 in which order they are joined.
private func joinedOptions(in frame: Span<UInt8>) -> JoinedOptions {
    var joined = JoinedOptions()
    var overload: UInt8 = 0
    for (bit, field) in [(UInt8(0), 282..<frame.count), (1, 150..<278), (2, 86..<150)] {
        var rest = field.map { frame[$0] }[...]
        for byte in rest { joined.isThere[Int(byte)] = true }
        guard overload & bit == bit else { continue }
        while let code = rest.popFirst(), code != 255 {
            if code == 0 { continue }
            guard let byteCount = rest.popFirst(), rest.count >= Int(byteCount) else { break }
            let value = rest.prefix(Int(byteCount))
            rest = rest.dropFirst(Int(byteCount))
            joined.values[code, default: []] += value
            guard code == 52, bit == 0, overload == 0, byteCount == 1 else { continue }
            if let first = value.first, first <= 3 { overload = first }
        }
    }
    return joined
}
