public import Addresses
public import LinuxSystem

/// One worker's path from a frame to its reply. It parses and decides messages, gives their changes to the committer,
/// and decides what had to wait once the committer has answered. Serving a frame does not allocate, lock or log;
/// control orders and a reload of the policy may.
///
/// Replies leave through the outlet. The compiler does not specialize this generic type in other modules: code
/// elsewhere that must be fast calls `MemoryPacketHandler`.
public struct PacketHandler<Outlet: PacketOutlet & ~Copyable>: ~Copyable {
    public var engine: Engine
    public var outlet: Outlet
    /// Takes changes to the committer, and brings back its answers.
    let commits: CommitQueue
    /// The record in which every reply is prepared.
    private var reply = Reply()
    /// The control side's orders that could not be carried out yet, in the order in which they came.
    var orders: [ControlOrder] = []
    /// The changes that the control side waits for, by the number of the change.
    var awaited: [(sequence: UInt64, completion: (Completion) -> Void)] = []

    public init(engine: consuming Engine, commits: CommitQueue, outlet: consuming Outlet) {
        self.engine = engine
        self.commits = commits
        self.outlet = outlet
    }

    /// Answers one frame, or gives its changes to the committer.
    /// - Parameter interface: the MAC address of the interface that received the frame.
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

    /// How many changes can be given to the committer now. The committer frees the places in its queue a little later
    /// than it reports the outcome of their changes, and neither limit may be exceeded.
    @inline(__always)
    public var commitRoom: Int { min(commits.limit - engine.changesInFlight, commits.pending.room) }

    /// Gives a change and the prepared reply to the committer.
    @inline(__always)
    func commit(_ change: BindingChange) { commits.append(change, reply) }

    /// Takes the outcomes of earlier changes, before any message that may depend on them. Then decides what had to wait
    /// for those changes: orders first, so that a client's messages cannot delay an order forever.
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

    /// Decides the messages that had to wait, as long as the committer has room.
    private mutating func decideDeferred(now: BootTime) {
        while commitRoom >= Engine.changesPerRequest, let message = engine.takeDeferredMessage() {
            decide(message.view, now: now)
        }
        outlet.flush()
    }

    /// Ends offers, declined addresses and leases whose time is over. False when the committer had no room for all
    /// changes. Call it about once a second.
    public mutating func expire(now: BootTime) -> Bool {
        engine.expire(now: now, commitRoom: commitRoom) { [commits, reply] change in commits.append(change, reply) }
    }
}
