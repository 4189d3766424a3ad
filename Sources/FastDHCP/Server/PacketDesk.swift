import Addresses

/// Where one worker's frames are worked on: parsed, decided, and answered or handed to the committer. Nothing here
/// allocates, locks or logs.
struct PacketDesk: ~Copyable {
    var engine: Engine
    /// The way out for replies that need no commit; nil while there is no interface.
    var transmitter: ReplyTransmitter?
    let commits: CommitQueue
    let counters: WorkerCounters
    private let trace: ExchangeTrace
    /// Signalled when the table shows changes that became durable.
    private let observers: [WakeUp]
    /// When the frames that are worked on were found, in nanoseconds since boot.
    private var foundAt: UInt64 = 0
    /// The record that every reply is prepared in.
    private var reply = Reply()
    /// What control waits for, by the number of the change.
    private var awaited: [(sequence: UInt64, completion: @Sendable (Bool) -> Void)] = []

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
        switch engine.decide(request, now: now, commitRoom: commitRoom, reply: &reply) {
        case .reply:
            send()
            note(TraceEvent(reply.messageType), request, reply.yiaddr)
        case .commit(let change, let freeing):
            if let freeing { commit(freeing) }
            commit(change)
            note(.commit, request, change.address)
        case .silence(let reason):
            counters.countSilence(reason)
            note(.silence, request, detail: reason.rawValue)
        case .drop(let reason):
            counters.countDrop(reason)
            note(.drop, request, detail: reason.rawValue)
        }
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
        } else {
            counters.countUnsentReply()
        }
    }

    /// How many changes can be handed to the committer now: it gives places back a little later than it says what became of their
    /// changes, and neither may be overrun.
    @inline(__always)
    var commitRoom: Int { min(CommitQueue.capacity - engine.changesInFlight, commits.pending.room) }

    /// Hands a change and the prepared reply to the committer.
    @inline(__always)
    private func commit(_ change: BindingChange) { commits.append(change, reply) }

    /// Learns what became of earlier changes, before any message that may depend on them.
    @inline(__always)
    mutating func takeCompletions(now: BootTime) {
        let count = commits.completions.count
        guard count > 0 else { return }
        for index in 0..<count {
            let completion = commits.completions[index]
            engine.complete(completion, now: now)
            if !awaited.isEmpty { tellControl(completion) }
        }
        commits.completions.removeFirst(count)
        counters.countCompletions(count)
        for observer in observers { observer.signal() }
    }

    private mutating func tellControl(_ completion: Completion) {
        while let index = awaited.firstIndex(where: { $0.sequence == completion.change.sequence }) {
            awaited.remove(at: index).completion(completion.isDurable)
        }
    }

    /// Carries out what control asks for, as far as the committer has room.
    mutating func obey(_ control: ControlQueue, now: BootTime) {
        while commitRoom > 0, let order = control.takeFirst() {
            switch order {
            case .release(let client, let completion): release(client, now: now, completion)
            case .lease(let client, let address, let completion): lease(to: client, address, now: now, completion)
            }
        }
    }

    private mutating func release(
        _ client: MACAddress, now: BootTime, _ completion: @escaping @Sendable (Bool) -> Void
    ) {
        switch engine.release(client, now: now) {
        case .nothingHeld, .withdrawn: completion(true)
        case .awaiting(let sequence): awaited.append((sequence, completion))
        case .commit(let change):
            awaited.append((change.sequence, completion))
            commitOrder(change)
        }
    }

    private mutating func lease(
        to client: MACAddress, _ address: IPv4Address?, now: BootTime,
        _ completion: @escaping @Sendable (LeaseOutcome) -> Void
    ) {
        switch engine.lease(to: client, address, now: now) {
        case .commit(let change):
            awaited.append((change.sequence, { completion($0 ? .granted(change.address) : .refused) }))
            commitOrder(change)
        case .held(let slotIndex, let sequence):
            let held = engine.table.address(of: slotIndex)
            guard let sequence else { return completion(.held(held)) }
            awaited.append((sequence, { completion($0 ? .held(held) : .refused) }))
        case .hasOther(let held): completion(.hasOther(held))
        case .taken: completion(.taken)
        case .outsidePool: completion(.outsidePool)
        case .exhausted: completion(.exhausted)
        case .changeInFlight: completion(.changeInFlight)
        }
    }

    private func commitOrder(_ change: BindingChange) {
        commit(change)
        trace.append(TraceEntry(.commit, change.client, change.address, at: BootTime.nanosecondsNow()))
    }

    /// Ends what is over; false when the committer had no room for all of it.
    mutating func expire(now: BootTime) -> Bool {
        engine.expire(now: now, commitRoom: commitRoom) { [commits, reply] change in commits.append(change, reply) }
    }
}
