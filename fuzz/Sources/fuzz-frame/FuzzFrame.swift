import Addresses
import FastDHCP

private let interface = MACAddress(2, 0, 0, 0, 0, 0xFE)

/// Parses the input as a frame in both roles. A request that parses is answered, and written again by `RequestWriter`;
/// both frames must parse, and say the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrame(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if case .message(let reply) = MessageView.parse(
        input.span, as: .reply, udpChecksum: .notReady, interface: interface)
    {
        _ = Fields(reply)
    }
    if case .message(let request) = MessageView.parse(
        input.span, as: .request, udpChecksum: .notReady, interface: interface)
    {
        checkReemission(of: request)
        checkAnswer(to: request)
    }
    return 0
}

/// parse(emit(parse(bytes))) is parse(bytes).
private func checkReemission(of request: borrowing MessageView) {
    let fields = Fields(request)
    var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
    var frame = bytes.mutableSpan
    let count = RequestWriter.write(fields.request, options: fields.options.span, into: &frame)
    let written = bytes.span.extracting(0..<count)
    switch MessageView.parse(written, as: .request, udpChecksum: .unknown, interface: interface) {
    case .dropped(let reason): preconditionFailure("a re-emitted request is dropped as \(reason)")
    case .message(let again): precondition(Fields(again) == fields, "a re-emitted request says something else")
    }
}

/// Any request can be answered, and the answer keeps to the client's limit.
private func checkAnswer(to request: borrowing MessageView) {
    guard let options = try? ConfiguredOptions([(.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1])]) else {
        preconditionFailure("two plain options")
    }
    var reply = Reply()
    reply.prepare(answering: request, configured: options)
    reply.leaseSeconds = 86400
    reply.yiaddr = IPv4Address(10, 0, 0, 2)
    reply.destinationPort = 68
    reply.ethernetDestination = interface
    var bytes = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
    var frame = bytes.mutableSpan
    let identity = ServerIdentity(address: IPv4Address(10, 0, 0, 1), macAddress: MACAddress(2, 0, 0, 0, 0, 1))
    let count = ReplyWriter.write(reply, server: identity, options: options, into: &frame)
    precondition(count <= Int(max(request.maximumMessageSize ?? 576, 576)) + 14, "longer than the client takes")
    let written = bytes.span.extracting(0..<count)
    switch MessageView.parse(written, as: .reply, udpChecksum: .unknown, interface: interface) {
    case .dropped(let reason): preconditionFailure("our answer is dropped as \(reason)")
    case .message(let again): precondition(again.xid == request.xid && again.chaddr == request.chaddr)
    }
}
