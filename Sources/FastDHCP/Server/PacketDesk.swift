import Addresses

/// Where one worker's frames are worked on: parsed, decided, and answered or handed to the committer. Nothing here
/// allocates, locks or logs.
struct PacketDesk: ~Copyable {
    var engine: Engine
    /// The way out for replies that need no commit; nil while there is no interface.
    var transmitter: ReplyTransmitter?
    let commits: CommitQueue
    let counters: WorkerCounters
    let trace: ExchangeTrace
    /// Signalled when the table shows changes that became durable.
    private let observers: [WakeUp]
    /// When the frames that are worked on were found, in nanoseconds since boot.
    private var foundAt: UInt64 = 0
    /// The record that every reply is prepared in.
    private var reply = Reply()
    /// What control asks for and what could not be given to the committer yet, in the order in which it came.
    var orders: [ControlQueue.Order] = []
    /// What control waits for, by the number of the change.
    var awaited: [(sequence: UInt64, completion: (Completion) -> Void)] = []

    init(
        engine: consuming Engine, commits: CommitQueue, counters: WorkerCounters,
        trace: ExchangeTrace = ExchangeTrace(), observers: [WakeUp]
    ) {
        self.engine = engine
        self.commits = commits
        self.counters = counters
        self.trace = trace
        self.observers = observers
    }

    /// Works on one frame that came in on the interface with that address.
    @inline(__always)
    mutating func serve(_ frame: borrowing ReceivedFrame, interface: MACAddress, now: BootTime) {
        switch MessageView.parse(frame.bytes, as: .request, udpChecksum: frame.udpChecksum, interface: interface) {
        case .dropped(let reason): counters.countDrop(reason)
        case .message(let request): answer(request, now: now)
        }
    }

    @inline(__always)
    private mutating func answer(_ request: borrowing MessageView, now: BootTime) {
        counters.countReceived(request.messageType)
        note(TraceEvent(request.messageType), request, request.requestedIPAddress ?? request.ciaddr, at: foundAt)
        decide(request, now: now)
    }

    @inline(__always)
    private mutating func decide(_ request: borrowing MessageView, now: BootTime) {
        switch engine.decide(request, now: now, commitRoom: commitRoom, reply: &reply) {
        case .reply:
            send()
            note(TraceEvent(reply.messageType), request, reply.yiaddr)
        case .commit(let change, let freeing):
            if let freeing { commit(freeing) }
            commit(change)
            note(.commit, request, change.address)
        case .deferred(let replacedXID):
            note(.deferred, request)
            if let replacedXID { noteReplaced(replacedXID, of: request.chaddr) }
        case .silence(let reason):
            counters.countSilence(reason)
            note(.silence, request, detail: reason.rawValue)
        case .drop(let reason):
            counters.countDrop(reason)
            note(.drop, request, detail: reason.rawValue)
        }
    }

    /// Notes that a message which waited for a change in flight gave way to a newer one.
    private func noteReplaced(_ xid: UInt32, of client: MACAddress) {
        counters.countSilence(.changeInFlight)
        trace.append(
            TraceEntry(
                .silence, client, .unspecified, at: BootTime.nanosecondsNow(), number: xid,
                detail: SilenceReason.changeInFlight.rawValue))
    }

    @inline(__always)
    private func note(
        _ event: TraceEvent, _ request: borrowing MessageView, _ address: IPv4Address = .unspecified,
        detail: UInt8 = 0, at nanoseconds: UInt64? = nil
    ) {
        trace.append(
            TraceEntry(
                event, request.chaddr, address, at: nanoseconds ?? BootTime.nanosecondsNow(), number: request.xid,
                detail: detail))
    }

    /// Begins a round of work.
    @inline(__always)
    mutating func beginRound() -> BootTime {
        foundAt = BootTime.nanosecondsNow()
        return BootTime(milliseconds: foundAt / 1_000_000)
    }

    @inline(__always)
    private mutating func send() {
        if transmitter?.send(&reply) == true {
            counters.countSent(reply.messageType)
            if reply.omittedOption != nil { noteOmission() }
        } else {
            counters.countUnsentReply()
        }
    }

    @inline(never)
    private func noteOmission() {
        counters.countIncompleteReply()
        trace.appendOmission(of: reply)
    }

    /// How many changes can be handed to the committer now: it gives places back a little later than it says what became of their
    /// changes, and neither may be overrun.
    @inline(__always)
    var commitRoom: Int { min(CommitQueue.capacity - engine.changesInFlight, commits.pending.room) }

    /// Hands a change and the prepared reply to the committer.
    @inline(__always)
    func commit(_ change: BindingChange) { commits.append(change, reply) }

    /// Learns what became of earlier changes, before any message that may depend on them, and decides what had to wait
    /// for them: orders first, so that no client's messages can keep an order from its turn.
    @inline(__always)
    mutating func takeCompletions(now: BootTime) {
        let count = commits.completions.count
        if count > 0 { takeCompletions(count, now: now) }
        if !orders.isEmpty { carryOutOrders(now: now) }
        if engine.hasDeferredMessage { decideDeferred(now: now) }
    }

    @inline(__always)
    private mutating func takeCompletions(_ count: Int, now: BootTime) {
        for index in 0..<count {
            let completion = commits.completions[index]
            engine.complete(completion, now: now)
            if !awaited.isEmpty { tellControl(completion) }
        }
        commits.completions.removeFirst(count)
        counters.countCompletions(count)
        for observer in observers { observer.signal() }
    }

    /// Decides the messages that had to wait, as far as the committer has room.
    private mutating func decideDeferred(now: BootTime) {
        while commitRoom >= Engine.changesPerRequest, let message = engine.takeDeferredMessage() {
            decide(message.view, now: now)
        }
        transmitter?.flush()
    }

    /// Ends what is over; false when the committer had no room for all of it.
    mutating func expire(now: BootTime) -> Bool {
        engine.expire(now: now, commitRoom: commitRoom) { [commits, reply] change in commits.append(change, reply) }
    }
}
