public import Addresses
public import LinuxSystem

/// One worker's way from a frame to its reply: it has messages parsed and decided, gives their changes to the committer, and
/// decides what had to wait when the committer has answered. Nothing here allocates, locks or logs.
///
/// What leaves goes through the outlet. Generic code is not specialized in another module: what has to be fast there calls
/// `MemoryPacketHandler`.
public struct PacketHandler<Outlet: PacketOutlet & ~Copyable>: ~Copyable {
    public var engine: Engine
    public var outlet: Outlet
    /// Where changes go, and where the committer's answers come from.
    let commits: CommitQueue
    /// The record that every reply is prepared in.
    private var reply = Reply()
    /// The control side's orders that could not be carried out yet, in the order in which they came.
    var orders: [ControlOrder] = []
    /// What the control side waits for, by the number of the change.
    var awaited: [(sequence: UInt64, completion: (Completion) -> Void)] = []

    public init(engine: consuming Engine, commits: CommitQueue, outlet: consuming Outlet) {
        self.engine = engine
        self.commits = commits
        self.outlet = outlet
    }

    /// Answers one frame, or hands its changes to the committer.
    /// - Parameter interface: the address of the interface that the frame came in on.
    @inline(__always)
    public mutating func serve(
        _ frame: Span<UInt8>, udpChecksum: UDPChecksumState, interface: MACAddress, now: BootTime
    ) {
        switch MessageView.parse(frame, as: .request, udpChecksum: udpChecksum, interface: interface) {
        case .dropped(let reason): outlet.didDrop(reason)
        case .message(let request): serve(request, now: now)
        }
    }

    @inline(__always)
    private mutating func serve(_ request: borrowing MessageView, now: BootTime) {
        outlet.didReceive(request)
        decide(request, now: now)
    }

    @inline(__always)
    private mutating func decide(_ request: borrowing MessageView, now: BootTime) {
        let decision = engine.decide(request, now: now, commitRoom: commitRoom, reply: &reply)
        switch decision {
        case .reply:
            _ = outlet.send(&reply)
        case .commit(let change, let freeing):
            if let freeing { commit(freeing) }
            commit(change)
        case .deferred, .silence, .drop: break
        }
        outlet.didDecide(decision, on: request, &reply)
    }

    /// How many changes can be handed to the committer now: it gives places back a little later than it says what became of
    /// their changes, and neither may be overrun.
    @inline(__always)
    public var commitRoom: Int { min(commits.limit - engine.changesInFlight, commits.pending.room) }

    /// Hands a change and the prepared reply to the committer.
    @inline(__always)
    func commit(_ change: BindingChange) { commits.append(change, reply) }

    /// Learns what became of earlier changes, before any message that may depend on them, and decides what had to wait
    /// for them: orders first, so that no client's messages can keep an order from its turn.
    @inline(__always)
    public mutating func takeCompletions(now: BootTime) {
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
            if !awaited.isEmpty { answerOrder(completion) }
        }
        commits.completions.removeFirst(count)
        outlet.didComplete(count)
    }

    /// Decides the messages that had to wait, as far as the committer has room.
    private mutating func decideDeferred(now: BootTime) {
        while commitRoom >= Engine.changesPerRequest, let message = engine.takeDeferredMessage() {
            decide(message.view, now: now)
        }
        outlet.flush()
    }

    /// Ends what is over; false when the committer had no room for all of it. To be called about once a second.
    public mutating func expire(now: BootTime) -> Bool {
        engine.expire(now: now, commitRoom: commitRoom) { [commits, reply] change in commits.append(change, reply) }
    }
}
