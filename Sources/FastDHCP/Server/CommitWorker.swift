import LinuxSystem

/// The committer's thread.
struct CommitWorker<Disk: JournalSink & ~Copyable, Routes: RouteSink & ~Copyable>: ~Copyable {
    private static var resendMilliseconds: Int32 { 1 }
    /// How often the journal is checked when nothing changes: somebody may set the wall clock, or remove the file.
    private static var idleMilliseconds: UInt64 { 1000 }
    /// How long the committer must be without a batch before it counts as idle. In a storm of requests the queues are
    /// empty for moments. A request that came then would have to wait while the journal is rewritten.
    private static var quietMilliseconds: UInt64 { 10 }

    private var committer: Committer<Disk, Routes>
    private var replies = DetachableReplies()
    private let commands: CommandSlot<ReplyTransmitter>
    private let fingerprints: FingerprintHandshake
    private let wakeUp: WakeUp
    private var polled: PollSet<1>
    /// When the journal is checked next, unless a batch comes before.
    private var nextTidying = BootTime.now()

    init(
        committer: consuming Committer<Disk, Routes>, commands: CommandSlot<ReplyTransmitter>,
        fingerprints: FingerprintHandshake,
        wakeUp: WakeUp
    ) {
        self.committer = committer
        self.commands = commands
        self.fingerprints = fingerprints
        self.wakeUp = wakeUp
        polled = PollSet([wakeUp.fileDescriptor])
    }

    /// Commits until the stop command, and then commits what the workers had decided before it.
    mutating func run() {
        while takeCommand() {
            let count = committer.commitBatch(at: .now(), replies: &replies)
            if count > 0 { nextTidying = .now() + Self.quietMilliseconds }
            if let fingerprint = fingerprints.take() { fingerprints.reply(committer.record(fingerprint)) }
            if count == 0 { sleep() }
        }
        while committer.commitBatch(at: .now(), replies: &replies) > 0 {}
    }

    /// - Returns: false when the thread is to stop.
    private mutating func takeCommand() -> Bool {
        guard let command = commands.take() else { return true }
        switch consume command {
        case .stop: return false
        case .attach(let transmitter):
            replies.transmitter = consume transmitter
            return true
        }
    }

    /// How many milliseconds to sleep unless somebody wakes this thread.
    private var pause: Int32 {
        if replies.hasUnsent { return Self.resendMilliseconds }
        let milliseconds = min(committer.nextRetry, nextTidying).millisecondsSince(.now())
        return Int32(min(milliseconds, Self.idleMilliseconds - 1)) + 1
    }

    private mutating func sleep() {
        wakeUp.prepareToSleep()
        defer { wakeUp.clear() }
        guard !committer.hasWork, !commands.isWaiting, !fingerprints.isWaiting else { return }
        // If the wait fails, the loop goes on at once. See `PacketWorker.sleep`.
        _ = try? polled.wait(timeoutMilliseconds: pause)
        if replies.hasUnsent { replies.flush() }
        if nextTidying <= .now(), !committer.hasWork {
            committer.tidy()
            nextTidying = .now() + Self.idleMilliseconds
        }
    }
}
