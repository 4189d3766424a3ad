public import Addresses
import CAllocationCount
public import FastDHCP

/// A worker between frames in memory: an engine, its queue to the committer, and the writer of replies.
public struct MemoryWorker: ~Copyable {
    public static let address = IPv4Address(10, 0, 0, 1)
    public static let subnet = IPv4Network(containing: address, prefixLength: 8)
    private static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)
    /// How many changes are decided before the committer has its turn, as in a storm.
    private static let batchSize = 64

    public let queue: CommitQueue
    public var replies: FrameSink
    public let now: BootTime
    private var engine: Engine
    private var reply = Reply()
    private let isCanary: Bool

    /// - Parameters:
    ///   - table: whose addresses are given out.
    ///   - isCanary: whether each message allocates once, which whoever counts must see.
    public init(table: LeaseTable, now: BootTime = BootTime(milliseconds: 1_000_000), isCanary: Bool = false) throws {
        let options = try Self.options()
        queue = try CommitQueue()
        let configuration = EngineConfiguration(
            serverAddress: Self.address, subnet: Self.subnet, leaseSeconds: 86_400, options: options)
        engine = Engine(worker: 0, of: 1, table: table, configuration: configuration, hashKey: 0x5EED, now: now)
        replies = FrameSink(server: ServerIdentity(address: Self.address, macAddress: Self.bridge), options: options)
        self.now = now
        self.isCanary = isCanary
    }

    /// What an operator typically tells guests.
    public static func options() throws -> ConfiguredOptions {
        try ConfiguredOptions([
            (.subnetMask, OptionEncoding.uint32(0xFF00_0000)),
            (.router, OptionEncoding.addresses([address])),
            (.domainNameServer, OptionEncoding.addresses([IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)])),
            (.domainName, OptionEncoding.text("vm.example")),
            (.interfaceMTU, OptionEncoding.uint16(1460)),
        ])
    }

    /// Reads a frame as the server does.
    /// - Precondition: it is a message.
    @inline(__always)
    @_lifetime(copy frame)
    public static func parse(_ frame: Span<UInt8>) -> MessageView {
        // A guest's checksum is not ready on a virtual link.
        switch MessageView.parse(frame, as: .request, udpChecksum: .notReady, interface: bridge) {
        case .dropped(let reason): preconditionFailure("dropped: \(reason)")
        case .message(let request): return request
        }
    }

    /// Answers a frame, or hands its change to the committer.
    public mutating func serve(_ frame: Span<UInt8>) {
        if isCanary { CAllocationCount_allocateOnce() }
        answer(Self.parse(frame))
    }

    @inline(__always)
    private mutating func answer(_ request: borrowing MessageView) {
        let room = CommitQueue.capacity - engine.changesInFlight
        switch engine.decide(request, now: now, commitRoom: room, reply: &reply) {
        case .reply: _ = replies.send(&reply)
        case .commit(let change, let freeing):
            precondition(freeing == nil, "no client moves")
            queue.append(change, reply)
        case .deferred: preconditionFailure("no client has a change in flight")
        case .silence(let reason): preconditionFailure("silence: \(reason)")
        case .drop(let reason): preconditionFailure("dropped: \(reason)")
        }
    }

    /// Whether the committer should have its turn.
    public var isBatchFull: Bool { queue.pending.count >= Self.batchSize }

    /// Learns what the committer made of the changes.
    public mutating func takeCompletions() {
        let completions = queue.completions
        let count = completions.count
        for index in 0..<count { engine.complete(completions[index], now: now) }
        completions.removeFirst(count)
    }

    /// Ends offers and leases that are over at a later time.
    public mutating func expire(at moment: BootTime) {
        let isDone = engine.expire(now: moment, commitRoom: 0) { _ in }
        precondition(isDone, "no lease is over")
    }
}

/// Writes each reply over the one before.
public struct FrameSink: ReplySink, ~Copyable {
    private var writer: ReplyWriter
    private var frame = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
    public private(set) var count = 0

    public init(server: ServerIdentity, options: ConfiguredOptions) {
        writer = ReplyWriter(server: server, options: options)
    }

    @inline(__always)
    public mutating func send(_ reply: inout Reply) -> Bool {
        Self.write(&reply, with: &writer, to: &frame)
        count += 1
        return true
    }

    @inline(__always)
    private static func write(_ reply: inout Reply, with writer: inout ReplyWriter, to frame: inout [UInt8]) {
        var room = frame.mutableSpan
        _ = writer.write(&reply, into: &room)
    }

    public mutating func flush() {}
}
