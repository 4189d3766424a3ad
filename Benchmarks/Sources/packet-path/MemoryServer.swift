import Addresses
import CAllocationCount
import FastDHCP

/// A server's packet path between frames in memory: one engine, its queue, the committer, and the writer of
/// replies.
struct MemoryServer: ~Copyable {
    static let address = IPv4Address(10, 0, 0, 1)
    private static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)
    /// How many changes are decided before the committer has its turn, as in a storm.
    private static let batchSize = 64

    private var engine: Engine
    private let queue: CommitQueue
    private var committer: Committer<NoJournal, NoRoutes>
    private var reply = Reply()
    private var replies: FrameSink
    private let now = BootTime(milliseconds: 1_000_000)
    private let isCanary: Bool

    init(pool: [IPv4Address], isCanary: Bool) throws {
        let options = try Self.options()
        let queue = try CommitQueue()
        let configuration = EngineConfiguration(
            serverAddress: Self.address, subnet: IPv4Network(containing: Self.address, prefixLength: 8),
            leaseSeconds: 86_400, options: options)
        let table = LeaseTable(pool: pool)
        engine = Engine(worker: 0, of: 1, table: table, configuration: configuration, hashKey: 0x5EED, now: now)
        committer = Committer(
            queues: [queue], counters: CommitCounters(), table: table, journal: NoJournal(), routes: NoRoutes())
        replies = FrameSink(server: ServerIdentity(address: Self.address, macAddress: Self.bridge), options: options)
        self.queue = queue
        self.isCanary = isCanary
    }

    /// What an operator typically tells guests.
    private static func options() throws -> ConfiguredOptions {
        try ConfiguredOptions([
            (.subnetMask, OptionEncoding.uint32(0xFF00_0000)),
            (.router, OptionEncoding.addresses([address])),
            (.domainNameServer, OptionEncoding.addresses([IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)])),
            (.domainName, OptionEncoding.text("vm.example")),
            (.interfaceMTU, OptionEncoding.uint16(1460)),
        ])
    }

    var replyCount: Int { replies.count }

    @inline(__always)
    mutating func serve(_ frame: Span<UInt8>) {
        if isCanary { CAllocationCount_allocateOnce() }
        // A guest's checksum is not ready on a virtual link.
        switch MessageView.parse(frame, as: .request, udpChecksum: .notReady, interface: Self.bridge) {
        case .dropped(let reason): preconditionFailure("dropped: \(reason)")
        case .message(let request): answer(request)
        }
    }

    @inline(__always)
    private mutating func answer(_ request: borrowing MessageView) {
        let room = CommitQueue.capacity - engine.changesInFlight
        switch engine.decide(request, now: now, commitRoom: room, reply: &reply) {
        case .reply: _ = replies.send(reply)
        case .commit(let change, let freeing):
            precondition(freeing == nil, "no client moves")
            queue.pending.append(PendingCommit(change: change, reply: reply))
        case .silence(let reason): preconditionFailure("silence: \(reason)")
        case .drop(let reason): preconditionFailure("dropped: \(reason)")
        }
    }

    mutating func commitFullBatch() {
        if queue.pending.count >= Self.batchSize { commit() }
    }

    mutating func commit() {
        committer.commitBatch(at: now, replies: &replies)
        let completions = queue.completions
        let count = completions.count
        for index in 0..<count { engine.complete(completions[index], now: now) }
        completions.removeFirst(count)
    }
}

/// Writes each reply over the one before.
private struct FrameSink: ReplySink, ~Copyable {
    private let server: ServerIdentity
    private let options: ConfiguredOptions
    private var frame = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
    private(set) var count = 0

    init(server: ServerIdentity, options: ConfiguredOptions) {
        self.server = server
        self.options = options
    }

    @inline(__always)
    mutating func send(_ reply: Reply) -> Bool {
        Self.write(reply, server, options, to: &frame)
        count += 1
        return true
    }

    @inline(__always)
    private static func write(
        _ reply: borrowing Reply, _ server: ServerIdentity, _ options: borrowing ConfiguredOptions,
        to frame: inout [UInt8]
    ) {
        var room = frame.mutableSpan
        _ = ReplyWriter.write(reply, server: server, options: options, into: &room)
    }

    mutating func flush() {}
}
