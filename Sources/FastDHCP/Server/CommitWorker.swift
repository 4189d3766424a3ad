import LinuxSystem

/// The committer's thread.
struct CommitWorker<Disk: JournalSink & ~Copyable, Routes: RouteSink & ~Copyable>: ~Copyable {
    private static var resendMilliseconds: Int32 { 1 }
    /// How often the journal is looked after when nothing changes: somebody may set the clock, or remove the file.
    private static var idleMilliseconds: UInt64 { 1000 }
    /// How long after a batch nobody may have asked for another before the committer counts as idle. In a storm the
    /// queues are empty for moments, and whoever comes then would wait until the journal is written anew.
    private static var quietMilliseconds: UInt64 { 10 }

    private var committer: Committer<Disk, Routes>
    private var replies = DetachableReplies()
    private let commands: CommandSlot<ReplyTransmitter>
    private let fingerprints: FingerprintHandshake
    private let wakeUp: WakeUp
    private var polled: PollSet<1>
    /// When the journal is looked after, unless a batch comes before.
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

    /// Commits until it is told to stop, and then what the workers had decided before.
    mutating func run() {
        while takeCommand() {
            let count = committer.commitBatch(at: .now(), replies: &replies)
            if count > 0 { nextTidying = .now() + Self.quietMilliseconds }
            if let fingerprint = fingerprints.take() { fingerprints.reply(committer.record(fingerprint)) }
            if count == 0 { sleep() }
        }
        while committer.commitBatch(at: .now(), replies: &replies) > 0 {}
    }

    /// - Returns: false when the work is over.
    private mutating func takeCommand() -> Bool {
        guard let command = commands.take() else { return true }
        switch consume command {
        case .stop: return false
        case .attach(let transmitter):
            replies.transmitter = consume transmitter
            return true
        }
    }

    /// How many milliseconds there is nothing to do unless somebody asks for it.
    private var pause: Int32 {
        if replies.hasUnsent { return Self.resendMilliseconds }
        let milliseconds = min(committer.nextRetry, nextTidying).millisecondsSince(.now())
        return Int32(min(milliseconds, Self.idleMilliseconds - 1)) + 1
    }

    private mutating func sleep() {
        wakeUp.prepareToSleep()
        defer { wakeUp.clear() }
        guard !committer.hasWork, !commands.isWaiting, !fingerprints.isWaiting else { return }
        // As in PacketWorker: a failed wait is a short one.
        _ = try? polled.wait(timeoutMilliseconds: pause)
        if replies.hasUnsent { replies.flush() }
        if nextTidying <= .now(), !committer.hasWork {
            committer.tidy()
            nextTidying = .now() + Self.idleMilliseconds
        }
    }
}
