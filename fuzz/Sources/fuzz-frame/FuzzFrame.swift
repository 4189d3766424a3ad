import Addresses
import FastDHCP

private let interface = MACAddress(2, 0, 0, 0, 0, 0xFE)

/// Reads the input as a frame, first unchanged, then with corrected lengths and IPv4 checksum. Without the correction, a frame
/// would be dropped before the DHCP parser as soon as the fuzzer inserts or removes a byte.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrame(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    check(input, udpChecksum: .unknown)
    check(repaired(input), udpChecksum: .notReady)
    return 0
}

/// Parses the frame as a request and as a reply. A request that parses is written again by `RequestWriter`, and answered.
/// Both frames must parse and carry the right values.
private func check(_ frame: [UInt8], udpChecksum: UDPChecksumState) {
    if case .message(let reply) = MessageView.parse(
        frame.span, as: .reply, udpChecksum: udpChecksum, interface: interface)
    {
        _ = Fields(reply, in: frame.span)
    }
    if case .message(let request) = MessageView.parse(
        frame.span, as: .request, udpChecksum: udpChecksum, interface: interface)
    {
        checkReemission(of: request, in: frame.span)
        checkAnswer(to: request)
    }
}

/// Checks that parse(emit(parse(bytes))) equals parse(bytes).
private func checkReemission(of request: borrowing MessageView, in frame: Span<UInt8>) {
    let fields = Fields(request, in: frame)
    guard fields.options.count <= RequestWriter.optionsByteCapacity else { return }
    var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
    var target = bytes.mutableSpan
    let count = RequestWriter.write(fields.request, options: fields.options.span, into: &target)
    let written = bytes.span.extracting(0..<count)
    switch MessageView.parse(written, as: .request, udpChecksum: .unknown, interface: interface) {
    case .dropped(let reason): preconditionFailure("a re-emitted request is dropped as \(reason)")
    case .message(let again):
        precondition(Fields(again, in: written) == fields, "a re-emitted request says something else")
    }
}

/// Checks that any request can be answered. The answer must respect the client's size limit and copy back the fields that
/// must be copied back.
private func checkAnswer(to request: borrowing MessageView) {
    var reply = Reply()
    reply.prepare(answering: request, configured: configuredOptions)
    reply.leaseSeconds = 86400
    reply.yiaddr = IPv4Address(10, 0, 0, 2)
    reply.destinationPort = 68
    reply.ethernetDestination = interface
    var bytes = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
    var frame = bytes.mutableSpan
    let identity = ServerIdentity(address: IPv4Address(10, 0, 0, 1), macAddress: MACAddress(2, 0, 0, 0, 0, 1))
    let count = ReplyWriter.write(reply, server: identity, options: configuredOptions, into: &frame)
    precondition(count <= Int(request.maximumMessageSize ?? 576) + 14, "longer than the client takes")
    precondition(count >= 14 + 20 + 8 + 300, "shorter than a BOOTP message")
    let written = bytes.span.extracting(0..<count)
    switch MessageView.parse(written, as: .reply, udpChecksum: .unknown, interface: interface) {
    case .dropped(let reason): preconditionFailure("our answer is dropped as \(reason)")
    case .message(let again):
        precondition(again.xid == request.xid && again.flags == request.flags, "a field is not given back")
        precondition(again.giaddr == request.giaddr && again.chaddr == request.chaddr, "a field is not given back")
        precondition(again.ipAddressLeaseTime == 86400 && again.serverIdentifier == identity.address, "no lease")
        let identifier = bigEndian(request.clientIdentifier)
        let relay = bigEndian(request.relayAgentInformation)
        precondition(bigEndian(again.relayAgentInformation) == relay, "option 82 is not given back")
        // If both are long, only the relay's option fits.
        guard identifier.count + relay.count <= 200 else { return }
        precondition(bigEndian(again.clientIdentifier) == identifier, "option 61 is not given back")
    }
}

/// A server with short, long and empty options.
private let configuredOptions: ConfiguredOptions = {
    let options: [(OptionCode, [UInt8])] = [
        (.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1]), (.domainNameServer, [8, 8, 8, 8, 1, 1, 1, 1]),
        (.interfaceMTU, [5, 180]), (.domainName, Array("example.com".utf8)), (.classlessStaticRoute, [0, 10, 0, 0, 1]),
        (OptionCode(rawValue: 224), []), (OptionCode(rawValue: 225), [UInt8](repeating: 7, count: 300)),
        (OptionCode(rawValue: 226), [UInt8](repeating: 7, count: 100)),
    ]
    do { return try ConfiguredOptions(options) } catch { preconditionFailure("plain options: \(error)") }
}()

/// The frame with IP and UDP lengths that match its size, and a matching IPv4 header checksum.
private func repaired(_ frame: [UInt8]) -> [UInt8] {
    guard (42...65_535).contains(frame.count) else { return frame }
    var frame = frame
    store(frame.count - 14, at: 16, in: &frame)
    store(frame.count - 34, at: 38, in: &frame)
    store(0, at: 24, in: &frame)
    var sum = stride(from: 14, to: 34, by: 2).reduce(0) { $0 + Int(frame[$1]) << 8 + Int(frame[$1 + 1]) }
    while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
    store(~sum, at: 24, in: &frame)
    return frame
}

private func store(_ value: Int, at offset: Int, in frame: inout [UInt8]) {
    frame[offset] = UInt8(truncatingIfNeeded: value >> 8)
    frame[offset + 1] = UInt8(truncatingIfNeeded: value)
}
