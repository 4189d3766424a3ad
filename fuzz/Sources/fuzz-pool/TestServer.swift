import Addresses
import FastDHCP
import LinuxSystem
import Node

/// A packet handler with a pool and its policy. Each change is committed at once.
struct TestServer: ~Copyable {
    private static let bridge = MACAddress(2, 0, 0, 0, 0, 0xFD)
    private let commits: CommitQueue
    private let policy: ClientPolicy
    private let gateway: IPv4Address
    private var handler: PacketHandler<Outlet>
    private let now = BootTime(milliseconds: 1_000_000)

    init(_ pool: Pool, _ policy: ClientPolicy) {
        do {
            (self.policy, gateway) = (policy, pool.gateway)
            commits = try CommitQueue()
            let configuration = EngineConfiguration(serverAddress: pool.gateway, subnet: pool.subnet, policy: policy)
            let engine = Engine(
                worker: 0, of: 1, table: LeaseTable(pool: pool.ips), configuration: configuration, hashKey: 7, now: now)
            let identity = ServerIdentity(address: pool.gateway, macAddress: Self.bridge)
            handler = PacketHandler(
                engine: engine, commits: commits,
                outlet: Outlet(writer: PolicyReplyWriter(server: identity, policies: PolicyVersions(policy))))
        } catch {
            preconditionFailure("a descriptor: \(error)")
        }
    }

    /// Leases an address to a client that asks for every option, in DISCOVER and REQUEST. Every reply must be one that a
    /// client reads.
    mutating func serve(_ client: MACAddress, anyOf pool: Set<IPv4Address>, _ reserved: [MACAddress: IPv4Address]) {
        receive(Request(.discover, chaddr: client, xid: 1))
        // A dry pool, or one that is reserved for others, has no offer.
        guard let offered = check(handler.outlet.takeFrame(), .offer, for: client) else {
            precondition(pool.count <= reserved.count, "\(client) gets no offer")
            return
        }
        precondition(pool.contains(offered), "\(offered) is not in the pool")
        if let own = reserved[client], pool.contains(own) {
            precondition(offered == own, "\(client) is not offered what is reserved for it")
        }
        var request = Request(.request, chaddr: client, xid: 2)
        (request.requestedIPAddress, request.serverIdentifier) = (offered, gateway)
        receive(request)
        commitAll()
        precondition(check(handler.outlet.takeFrame(), .ack, for: client) == offered, "the ACK is for another address")
    }

    private mutating func receive(_ request: Request) {
        let everything = [55, 254] + (1...254).map { UInt8($0) }
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let count = RequestWriter.write(request, options: everything.span, into: &frame)
        handler.serve(bytes.span.extracting(0..<count), udpChecksum: .valid, interface: Self.bridge, now: now)
    }

    private mutating func commitAll() {
        while commits.pending.count > 0 {
            var pending = commits.pending[0]
            commits.pending.removeFirst(1)
            commits.completions.append(Completion(change: pending.change, isDurable: true))
            if pending.change.hasReply { _ = handler.outlet.send(&pending.reply) }
        }
        handler.takeCompletions(now: now)
    }

    /// Reads a reply.
    /// - Returns: its address. Nil if there is no reply.
    private func check(_ frame: [UInt8], _ type: MessageType, for client: MACAddress) -> IPv4Address? {
        guard !frame.isEmpty else { return nil }
        precondition(frame.count <= 14 + 576, "longer than a client without option 57 takes")
        let parsed = MessageView.parse(frame.span, as: .reply, udpChecksum: .unknown, interface: client)
        guard case .message(let reply) = parsed else { preconditionFailure("our own reply is dropped") }
        precondition(reply.messageType == type && reply.chaddr == client, "another reply")
        precondition(reply.serverIdentifier == gateway, "the reply of another server")
        precondition(reply.ipAddressLeaseTime == policy.times.leaseSeconds, "another lease time")
        return reply.yiaddr
    }
}

/// Keeps the last reply as a frame.
private struct Outlet: PacketOutlet {
    var writer: PolicyReplyWriter
    private var frame: [UInt8] = []

    init(writer: PolicyReplyWriter) { self.writer = writer }

    mutating func takeFrame() -> [UInt8] {
        defer { frame = [] }
        return frame
    }

    mutating func send(_ reply: inout Reply) -> Bool {
        var bytes = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
        var room = bytes.mutableSpan
        let count = writer.write(&reply, into: &room)
        frame = Array(bytes.prefix(count))
        return true
    }

    mutating func flush() {}
    mutating func didReceive(_ request: borrowing MessageView) {}
    mutating func didDrop(_ reason: DropReason) {}
    mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {}
    mutating func didOrder(_ change: BindingChange) {}
    mutating func didComplete(_ count: Int) {}
}
