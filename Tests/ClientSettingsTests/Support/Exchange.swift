import Addresses
import Testing

@testable import FastDHCP

/// A DISCOVER and what a client reads from the answer.
struct Exchange {
    /// The options of the answer, split ones joined.
    let options: [UInt8: [UInt8]]
    /// The size of the IP datagram.
    let byteCount: Int
    /// The BOOTP header's file, up to its first zero.
    let file: [UInt8]
    let siaddr: [UInt8]

    /// For a link with an MTU of 1500.
    private static let frameByteCapacity = 1514

    static let server = ServerIdentity(
        address: IPv4Address(172, 20, 100, 1), macAddress: MACAddress(0x02, 0, 0, 0, 0xFF, 1))

    /// - Parameters:
    ///   - client: the last byte of the client's MAC address.
    ///   - list: the parameter request list.
    ///   - more: further options, encoded.
    init(
        _ policy: ClientPolicy, client: UInt8 = 9, list: [UInt8] = Array(1...254), more: [UInt8] = [],
        byteLimit: UInt16? = nil
    ) throws {
        var request = Request(.discover, chaddr: MACAddress(0x02, 0, 0, 0, 0, client), xid: 7)
        request.maximumMessageSize = byteLimit
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let options = [55, UInt8(list.count)] + list + more
        let requestByteCount = RequestWriter.write(request, options: options.span, into: &frame)
        let bytes = Array(memory.prefix(requestByteCount))

        var reply = Reply()
        switch MessageView.parse(bytes.span, as: .request, udpChecksum: .valid, interface: Self.server.macAddress) {
        case .message(let view): reply.prepare(answering: view, policy)
        case .dropped(let reason):
            Issue.record("the request was dropped: \(reason)")
        }
        reply.messageType = .offer
        reply.yiaddr = IPv4Address(172, 20, 100, 2)
        reply.siaddr = policy.nextServer(reply.choice) ?? Self.server.address
        reply.leaseSeconds = policy.times.leaseSeconds
        reply.renewalSeconds = policy.times.renewalSeconds(for: reply.chaddr)
        reply.rebindingSeconds = policy.times.rebindingSeconds
        reply.ethernetDestination = request.chaddr
        var writer = PolicyReplyWriter(server: Self.server, policies: PolicyVersions(policy))
        var target = [UInt8](repeating: 0xEE, count: Self.frameByteCapacity)
        var targetFrame = target.mutableSpan
        let frameByteCount = writer.write(&reply, into: &targetFrame)
        self.init(reading: Array(target.prefix(frameByteCount)))
    }

    private init(reading frame: [UInt8]) {
        var options: [UInt8: [UInt8]] = [:]
        var position = 282
        while frame[position] != 255 {
            let end = position + 2 + Int(frame[position + 1])
            options[frame[position], default: []] += frame[position + 2..<end]
            position = end
        }
        self.options = options
        byteCount = frame.count - 14
        siaddr = Array(frame[62..<66])
        file = Array(frame[150..<278].prefix { $0 != 0 })
    }

    subscript(code: UInt8) -> [UInt8]? { options[code] }
}

extension ClientPolicy {
    /// The profile of the client whose MAC address has this last byte.
    func profile(of client: UInt8) throws -> ClientProfile {
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let request = Request(.discover, chaddr: MACAddress(0x02, 0, 0, 0, 0, client), xid: 7)
        let byteCount = RequestWriter.write(request, options: [UInt8]().span, into: &frame)
        let bytes = Array(memory.prefix(byteCount))
        let parsed = MessageView.parse(
            bytes.span, as: .request, udpChecksum: .valid, interface: Exchange.server.macAddress)
        guard case .message(let view) = parsed else { preconditionFailure("the request was dropped") }
        return profiles[Int(choice(for: view).profileIndex)]
    }
}
