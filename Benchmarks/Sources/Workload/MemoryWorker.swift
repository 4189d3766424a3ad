public import Addresses
import CAllocationCount
public import FastDHCP
public import LinuxSystem

/// A worker between frames in memory: a packet handler, its queue to the committer, and the committer's writer of replies.
public struct MemoryWorker: ~Copyable {
    public static let address = IPv4Address(10, 0, 0, 1)
    public static let subnet = IPv4Network(containing: address, prefixLength: 8)
    private static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)
    /// How many changes are decided before the committer has its turn, as in a storm.
    private static let batchSize = 64

    public let queue: CommitQueue
    /// The replies that waited for a commit.
    public var replies: MemoryReplies
    public let now: BootTime
    private var handler: MemoryPacketHandler
    private let isCanary: Bool

    /// - Parameters:
    ///   - table: whose addresses are given out.
    ///   - isCanary: whether each message allocates once, which whoever counts must see.
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

    /// What an operator typically tells clients.
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
        // A client's checksum is not ready on a virtual link.
        switch MessageView.parse(frame, as: .request, udpChecksum: .notReady, interface: bridge) {
        case .dropped(let reason): preconditionFailure("dropped: \(reason)")
        case .message(let request): return request
        }
    }

    /// Answers a frame, or hands its change to the committer.
    public mutating func serve(_ frame: Span<UInt8>) {
        if isCanary { CAllocationCount_allocateOnce() }
        handler.serve(frame, interface: Self.bridge, now: now)
    }

    /// How many replies were written.
    public var replyCount: Int { handler.replyCount + replies.count }

    /// Whether the committer should have its turn.
    public var isBatchFull: Bool { queue.pending.count >= Self.batchSize }

    /// Learns what the committer made of the changes.
    public mutating func takeCompletions() { handler.takeCompletions(now: now) }
}
