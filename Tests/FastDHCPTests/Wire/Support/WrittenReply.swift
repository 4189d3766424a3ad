import Addresses

@testable import FastDHCP

/// A reply as it goes out, taken apart without the code under test.
struct WrittenReply {
    let bytes: [UInt8]

    static let server = ServerIdentity(address: IPv4Address(10, 0, 0, 1), macAddress: WireFrame.interface)

    /// Writes `reply` into memory that is full of something else.
    init(
        _ reply: Reply, options: ConfiguredOptions, frameByteCapacity: Int = ReplyWriter.frameByteCapacity
    ) {
        var memory = [UInt8](repeating: 0xEE, count: frameByteCapacity)
        var frame = memory.mutableSpan
        let byteCount = ReplyWriter.write(reply, server: Self.server, options: options, into: &frame)
        bytes = Array(memory.prefix(byteCount))
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The options before END, in their order.
    var options: [(code: UInt8, value: [UInt8])] {
        var options: [(UInt8, [UInt8])] = []
        var position = 282
        while position < bytes.count, bytes[position] != 255 {
            let end = position + 2 + Int(bytes[position + 1])
            options.append((bytes[position], Array(bytes[position + 2..<end])))
            position = end
        }
        return options
    }

    var codes: [UInt8] { options.map(\.code) }

    subscript(code: UInt8) -> [UInt8]? { options.first { $0.code == code }?.value }

    /// Octets of a fixed field.
    subscript(field: Range<Int>) -> [UInt8] { Array(bytes[field]) }

    /// The IPv4 datagram's octets.
    var datagramByteCount: Int { bytes.count - 14 }

    /// Whether lengths and both checksums are what they must be.
    var isSound: Bool {
        let lengths =
            self[16..<18] == octets(UInt16(datagramByteCount)) && self[38..<40] == octets(UInt16(bytes.count - 34))
        let pseudoHeader = self[26..<34] + [0, 17] + self[38..<40]
        let udp = onesComplementSum(pseudoHeader + bytes[34...])
        return lengths && onesComplementSum(self[14..<34]) == 0xFFFF && udp == 0xFFFF && self[40..<42] != [0, 0]
    }
}

/// Prepares a reply to `frame` and lets `decide` fill in the rest.
func answer(
    _ frame: WireFrame, options: ConfiguredOptions, frameByteCapacity: Int = ReplyWriter.frameByteCapacity,
    _ decide: (inout Reply) -> Void = { $0.leaseSeconds = 3600 }
) -> WrittenReply {
    var reply = Reply()
    let bytes = frame.bytes
    switch MessageView.parse(bytes.span, as: .request, udpChecksum: .valid, interface: WireFrame.interface) {
    case .message(let view): reply.prepare(answering: view, configured: options)
    case .dropped(let reason): preconditionFailure("the request was dropped: \(reason)")
    }
    reply.ethernetDestination = WireFrame.client
    reply.destinationAddress = .broadcast
    reply.destinationPort = 68
    decide(&reply)
    return WrittenReply(reply, options: options, frameByteCapacity: frameByteCapacity)
}
