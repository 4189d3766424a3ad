/// The committer's thread.
struct CommitWorker<Journal: JournalSink & ~Copyable, Routes: RouteSink & ~Copyable>: ~Copyable {
    private static var resendMilliseconds: Int32 { 1 }
    /// How often the journal is looked after when nothing changes: somebody may set the clock.
    private static var idleMilliseconds: UInt64 { 1000 }

    private var committer: Committer<Journal, Routes>
    private var replies = DetachableReplies()
    private let orders: Mailbox<ReplyTransmitter>
    private let marks: MarkDesk
    private let wakeUp: WakeUp
    private var polled: PollSet<1>

    init(
        committer: consuming Committer<Journal, Routes>, orders: Mailbox<ReplyTransmitter>, marks: MarkDesk,
        wakeUp: WakeUp
    ) {
        self.committer = committer
        self.orders = orders
        self.marks = marks
        self.wakeUp = wakeUp
        polled = PollSet([wakeUp.fileDescriptor])
    }

    /// Commits until it is told to stop, and then what the workers had decided before.
    mutating func run() {
        while obey() {
            let count = committer.commitBatch(at: .now(), replies: &replies)
            if let mark = marks.take() { marks.reply(committer.note(mark)) }
            if count == 0 { sleep() }
        }
        while committer.commitBatch(at: .now(), replies: &replies) > 0 {}
    }

    private mutating func obey() -> Bool {
        guard let order = orders.take() else { return true }
        switch consume order {
        case .stop: return false
        case .attach(let transmitter):
            replies.transmitter = consume transmitter
            return true
        }
    }

    /// In milliseconds.
    private var untilRetry: Int32 {
        let milliseconds = committer.nextRetry.millisecondsSince(.now())
        return Int32(min(milliseconds, Self.idleMilliseconds - 1)) + 1
    }

    private mutating func sleep() {
        wakeUp.prepareToSleep()
        defer { wakeUp.clear() }
        guard !committer.hasWork, !orders.hasOrderWaiting, !marks.isWaiting else { return }
        // As in PacketWorker: a failed wait is a short one.
        _ = try? polled.wait(timeoutMilliseconds: replies.hasUnsent ? Self.resendMilliseconds : untilRetry)
        if replies.hasUnsent { replies.flush() }
        committer.tidy()
    }
}
