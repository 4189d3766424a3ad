import Addresses
import FastDHCP

/// Everything that a view says about a message.
struct Fields: Equatable {
    var request: Request
    /// The options that `request` has no field for, encoded, in the order of their codes.
    var options: [UInt8] = []

    /// - Parameter frame: the bytes behind the view. The options are read from them a second time.
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
        // The index made while parsing and the walk over the options must give the same values.
        precondition(bigEndian(view.clientIdentifier) == bigEndian(view.option(.clientIdentifier)))
        precondition(bigEndian(view.relayAgentInformation) == bigEndian(view.option(.relayAgentInformation)))
        precondition(bigEndian(view.parameterRequestList) == bigEndian(view.option(.parameterRequestList)))
        precondition(bigEndian(view.hostName) == bigEndian(view.option(.hostName)))
    }

    /// The options that have fields in `Request`.
    private static let codesOfRequest: Set<UInt8> = [50, 53, 54, 57, 80]
    /// Site-specific codes (RFC 3942 section 4), which may have any length. 249 and 252 are not included: Microsoft uses them.
    private static let codesOfAnyLength: ClosedRange<UInt8> = 224...248
}

/// The bytes of an option's value. Empty if there is no such option.
func bigEndian(_ value: consuming OptionValue?) -> [UInt8] {
    guard let value else { return [] }
    return (0..<value.byteCount).map { value[$0] }
}

/// The options of a frame, read a second time in the simplest way.
private struct JoinedOptions {
    /// The value of each code, joined from all its instances.
    var values: [UInt8: [UInt8]] = [:]
    /// Whether a byte of this value occurs anywhere in the fields that can hold options.
    var isThere = [Bool](repeating: false, count: 256)
}

/// Reads the options. RFC 2132 section 9.3 defines which fields hold options, RFC 3396 section 5 the order of joining.
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
