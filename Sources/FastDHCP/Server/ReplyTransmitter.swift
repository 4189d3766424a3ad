/// Writes replies straight into the frames of a transmit ring.
struct ReplyTransmitter: ReplySink, ~Copyable {
    private var ring: TransmitRing
    private let server: ServerIdentity
    private let options: ConfiguredOptions

    init(ring: consuming TransmitRing, server: ServerIdentity, options: ConfiguredOptions) {
        self.ring = ring
        self.server = server
        self.options = options
    }

    @inline(__always)
    mutating func send(_ reply: Reply) -> Bool {
        if write(reply) { return true }
        // The ring is full of frames that were not handed to the kernel yet: once they are, there is room.
        flush()
        return write(reply)
    }

    @inline(__always)
    private mutating func write(_ reply: Reply) -> Bool {
        Self.write(reply, to: &ring, server: server, options: options)
    }

    @inline(__always)
    private static func write(
        _ reply: Reply, to ring: inout TransmitRing, server: ServerIdentity, options: ConfiguredOptions
    ) -> Bool {
        ring.enqueue { frame in ReplyWriter.write(reply, server: server, options: options, into: &frame) }
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

    mutating func send(_ reply: Reply) -> Bool {
        transmitter == nil ? false : transmitter!.send(reply)
    }

    mutating func flush() { transmitter?.flush() }

    var hasUnsent: Bool {
        switch transmitter {
        case .some(let transmitter): transmitter.hasUnsent
        case nil: false
        }
    }
}
