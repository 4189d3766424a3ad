/// Writes replies straight into the frames of a transmit ring.
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
        // The ring is full of frames that were not handed to the kernel yet: once they are, there is room.
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

    /// Whether frames wait because a queue on the way is full; they want another `flush` soon.
    var hasUnsent: Bool { ring.unsentCount > 0 }

    mutating func flush() {
        // What cannot leave yet is told by `hasUnsent`.
        _ = ring.flush()
    }
}

/// The committer's way out, which is closed while the interface is gone.
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
