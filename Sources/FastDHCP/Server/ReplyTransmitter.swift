/// Writes replies directly into the frames of a transmit ring.
struct ReplyTransmitter: ReplySink, ~Copyable {
    private var ring: TransmitRing
    private var writer: PolicyReplyWriter

    init(ring: consuming TransmitRing, server: ServerIdentity, policies: PolicyVersions) {
        self.ring = ring
        writer = PolicyReplyWriter(server: server, policies: policies)
    }

    @inline(__always)
    mutating func send(_ reply: inout Reply) -> Bool {
        if write(&reply) { return true }
        // The ring is full of frames that were not yet passed to the kernel. Passing them makes room.
        flush()
        return write(&reply)
    }

    @inline(__always)
    private mutating func write(_ reply: inout Reply) -> Bool {
        Self.write(&reply, to: &ring, with: &writer)
    }

    @inline(__always)
    private static func write(
        _ reply: inout Reply, to ring: inout TransmitRing, with writer: inout PolicyReplyWriter
    ) -> Bool {
        ring.enqueue { frame in writer.write(&reply, into: &frame) }
    }

    /// Whether frames still wait because a queue further on is full. If so, call `flush` again soon.
    var hasUnsent: Bool { ring.unsentCount > 0 }

    mutating func flush() {
        // Frames that cannot be sent yet show up in `hasUnsent`.
        _ = ring.flush()
    }
}

/// The reply sink of a worker or of the committer. It starts without a transmitter, and then sends nothing. A worker
/// detaches its transmitter when its interface is gone. The committer keeps the old one until the next interface is
/// attached.
struct DetachableReplies: ReplySink, ~Copyable {
    var transmitter: ReplyTransmitter?

    mutating func send(_ reply: inout Reply) -> Bool {
        transmitter == nil ? false : transmitter!.send(&reply)
    }

    mutating func flush() { transmitter?.flush() }

    var hasUnsent: Bool {
        switch transmitter {
        case .some(let transmitter): transmitter.hasUnsent
        case nil: false
        }
    }
}
