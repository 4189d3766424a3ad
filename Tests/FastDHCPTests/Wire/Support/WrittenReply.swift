import Addresses

@testable import FastDHCP

/// A reply as it goes out, taken apart without the code under test.
struct WrittenReply {
    let bytes: [UInt8]
    /// The first option that the writer found no room for.
    private(set) var omittedOption: UInt8?

    static let server = ServerIdentity(address: IPv4Address(10, 0, 0, 1), macAddress: WireFrame.interface)

    /// Writes `reply` into memory that is full of other bytes.
    init(
        _ reply: Reply, options: ConfiguredOptions, frameByteCapacity: Int = ReplyWriter.frameByteCapacity
    ) {
        var memory = [UInt8](repeating: 0xEE, count: frameByteCapacity)
        var frame = memory.mutableSpan
        var writer = ReplyWriter(server: Self.server, options: options)
        var reply = reply
        let byteCount = writer.write(&reply, into: &frame)
        bytes = Array(memory.prefix(byteCount))
        omittedOption = reply.omittedOption?.rawValue
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    typealias Option = (code: UInt8, value: [UInt8])

    /// The options field, in its order.
    var options: [Option] { Self.options(in: bytes[282...]) ?? [] }

    /// The options of `file` and of `sname`, as far as option 52 says that there are any; nil when END is missing.
    var overloaded: (file: [Option]?, sname: [Option]?) {
        let overload = self[52]?.first ?? 0
        return (
            overload & 1 == 0 ? [] : Self.options(in: bytes[150..<278]),
            overload & 2 == 0 ? [] : Self.options(in: bytes[86..<150])
        )
    }

    private static func options(in field: ArraySlice<UInt8>) -> [Option]? {
        var options: [Option] = []
        var rest = field
        while let code = rest.first {
            if code == 255 { return options }
            let end = rest.startIndex + 2 + Int(rest[rest.startIndex + 1])
            options.append((code, Array(rest[rest.startIndex + 2..<end])))
            rest = rest[end...]
        }
        return nil
    }

    /// The instances of an option in the order in which clients join them (RFC 3396).
    func instances(of code: UInt8) -> [[UInt8]] {
        let all = options + (overloaded.file ?? []) + (overloaded.sname ?? [])
        return all.filter { $0.code == code }.map(\.value)
    }

    var codes: [UInt8] { options.map(\.code) }

    subscript(code: UInt8) -> [UInt8]? { options.first { $0.code == code }?.value }

    /// Bytes of a fixed field.
    subscript(field: Range<Int>) -> [UInt8] { Array(bytes[field]) }

    /// The IPv4 datagram's bytes.
    var datagramByteCount: Int { bytes.count - 14 }

    /// Whether lengths and both checksums are correct.
    var isSound: Bool {
        let lengths =
            self[16..<18] == bigEndian(UInt16(datagramByteCount))
            && self[38..<40] == bigEndian(UInt16(bytes.count - 34))
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
