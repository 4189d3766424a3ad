public import Addresses
public import LinuxSystem

/// A packet handler that writes each reply over the previous one in memory and sends nothing. It measures what it costs
/// to parse, decide and write.
public struct MemoryPacketHandler: ~Copyable {
    private var handler: PacketHandler<MemoryReplies>

    public init(engine: consuming Engine, commits: CommitQueue, replies: consuming MemoryReplies) {
        handler = PacketHandler(engine: engine, commits: commits, outlet: replies)
    }

    /// How many replies were sent at once, without a commit.
    public var replyCount: Int { handler.outlet.count }

    public mutating func serve(_ frame: Span<UInt8>, interface: MACAddress, now: BootTime) {
        // On a virtual link, the client's UDP checksum is not complete.
        handler.serve(frame, udpChecksum: .notReady, interface: interface, now: now)
    }

    public mutating func takeCompletions(now: BootTime) { handler.takeCompletions(now: now) }
}

/// Writes each reply over the previous one.
public struct MemoryReplies: PacketOutlet, ~Copyable {
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
    public mutating func didReceive(_ request: borrowing MessageView) {}
    public mutating func didDrop(_ reason: DropReason) {}
    public mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {}
    public mutating func didOrder(_ change: BindingChange) {}
    public mutating func didComplete(_ count: Int) {}
}
