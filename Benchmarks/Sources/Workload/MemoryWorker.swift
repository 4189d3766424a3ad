public import Addresses
import CAllocationCount
public import FastDHCP
public import LinuxSystem

/// A worker that reads and writes frames in memory: a packet handler, its queue to the committer, and the committer's writer
/// of replies.
public struct MemoryWorker: ~Copyable {
    public static let address = IPv4Address(10, 0, 0, 1)
    public static let subnet = IPv4Network(containing: address, prefixLength: 8)
    private static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)
    /// How many changes are decided before the committer runs, as under heavy load.
    private static let batchSize = 64

    public let queue: CommitQueue
    /// The replies that waited for a commit.
    public var replies: MemoryReplies
    public let now: BootTime
    private var handler: MemoryPacketHandler
    private let isCanary: Bool

    /// - Parameters:
    ///   - table: the table whose addresses are leased.
    ///   - isCanary: whether each message allocates once. The allocation count must show it.
    public init(table: LeaseTable, now: BootTime = BootTime(milliseconds: 1_000_000), isCanary: Bool = false) throws {
        let options = try Self.options()
        queue = try CommitQueue()
        let configuration = EngineConfiguration(
            serverAddress: Self.address, subnet: Self.subnet, leaseSeconds: 86_400, options: options)
        let engine = Engine(worker: 0, of: 1, table: table, configuration: configuration, hashKey: 0x5EED, now: now)
        let server = ServerIdentity(address: Self.address, macAddress: Self.bridge)
        handler = MemoryPacketHandler(
            engine: engine, commits: queue, replies: MemoryReplies(server: server, options: options))
        replies = MemoryReplies(server: server, options: options)
        self.now = now
        self.isCanary = isCanary
    }

    /// The options that an operator typically configures.
    public static func options() throws -> ConfiguredOptions {
        try ConfiguredOptions([
            (.subnetMask, OptionEncoding.uint32(0xFF00_0000)),
            (.router, OptionEncoding.addresses([address])),
            (.domainNameServer, OptionEncoding.addresses([IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)])),
            (.domainName, OptionEncoding.text("vm.example")),
            (.interfaceMTU, OptionEncoding.uint16(1460)),
        ])
    }

    /// Parses a frame as the server does.
    /// - Precondition: the frame is a valid message.
    @inline(__always)
    @_lifetime(copy frame)
    public static func parse(_ frame: Span<UInt8>) -> MessageView {
        // On a virtual link, the client's UDP checksum is not filled in yet.
        switch MessageView.parse(frame, as: .request, udpChecksum: .notReady, interface: bridge) {
        case .dropped(let reason): preconditionFailure("dropped: \(reason)")
        case .message(let request): return request
        }
    }

    /// Answers a frame, or passes its change to the committer.
    public mutating func serve(_ frame: Span<UInt8>) {
        if isCanary { CAllocationCount_allocateOnce() }
        handler.serve(frame, interface: Self.bridge, now: now)
    }

    /// How many replies were written.
    public var replyCount: Int { handler.replyCount + replies.count }

    /// Whether it is time for the committer to run.
    public var isBatchFull: Bool { queue.pending.count >= Self.batchSize }

    /// Reads the committer's results.
    public mutating func takeCompletions() { handler.takeCompletions(now: now) }
}
