import Addresses
import Testing

@testable import FastDHCP

/// A server without threads: the engines of its workers over one table, a clock that is moved by hand, and a
/// committer that decides when it is told to.
final class EngineRig {
    static let server = IPv4Address(10, 0, 0, 1)
    static let subnet = IPv4Network(containing: server, prefixLength: 24)
    /// The bridge's own hardware address.
    static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)
    static let leaseSeconds: UInt32 = 1000
    /// When the clock of every rig begins.
    static let start = BootTime(milliseconds: 5_000_000)

    let table: LeaseTable
    let configuration: EngineConfiguration
    private(set) var now = EngineRig.start
    let desks: [Desk]
    /// Whether answers are written as frames and read back, or taken from the record: long runs do not test
    /// the codec.
    private let readsFrames: Bool
    /// How many changes the committer says it has room for.
    var commitRoom = CommitQueue.capacity
    /// What left after its change was committed, since the last look.
    private var delivered: [Answer] = []
    /// What came of messages that had to wait, since the last look.
    private var resolved: [(client: MACAddress, outcome: Outcome)] = []

    /// One worker: its engine, and what it has given to the committer, the oldest first.
    final class Desk {
        var engine: Engine
        var inFlight: [PendingCommit] = []
        /// The messages that wait for them, by their clients.
        var deferred: [MACAddress: Request] = [:]
        var reply = Reply()
        init(_ engine: consuming Engine) { self.engine = engine }
    }

    /// - Parameters:
    ///   - addressCount: the pool is 10.0.0.2 and so many addresses in all.
    ///   - restored: what the table holds before the engines start; for the first worker.
    ///   - configure: changes the configuration before it is used.
    init(
        addressCount: Int = 8, workerCount: Int = 1, readsFrames: Bool = true, restored: [RestoredLease] = [],
        _ configure: (inout EngineConfiguration) -> Void = { _ in }
    ) {
        var configuration = EngineConfiguration(
            serverAddress: Self.server, subnet: Self.subnet, leaseSeconds: Self.leaseSeconds, options: Self.options)
        configure(&configuration)
        let table = LeaseTable(pool: pool(of: addressCount))
        let boundCount = table.restore(restored) { _ in 0 }
        #expect(boundCount == restored.count { $0.state == .bound })
        self.configuration = configuration
        self.table = table
        self.readsFrames = readsFrames
        desks = (0..<workerCount).map { worker in
            Desk(
                Engine(
                    worker: worker, of: workerCount, table: table, configuration: configuration,
                    hashKey: UInt64(worker), now: Self.start))
        }
    }

    static let options = ConfiguredOptions.valid([(.subnetMask, OptionEncoding.uint32(0xFFFF_FF00))])
}

// The workers.
extension EngineRig {
    var workerCount: Int { desks.count }

    /// The worker that serves a client, as fanout would have it.
    func worker(of client: MACAddress) -> Int { Int(client.rawValue % UInt64(desks.count)) }

    /// The changes of a worker that are not decided yet, the oldest first.
    func inFlight(of worker: Int = 0) -> [BindingChange] { desks[worker].inFlight.map(\.change) }

    /// All changes that are not decided yet.
    var inFlight: [BindingChange] { desks.flatMap { $0.inFlight.map(\.change) } }

    func declinedCount(of client: MACAddress) -> Int {
        desks[worker(of: client)].engine.clients.declinedCount(of: client)
    }

    /// The slot that a client's worker would look at.
    func indexedSlot(of client: MACAddress) -> Int? { desks[worker(of: client)].engine.clients.slotIndex(of: client) }
}

// Messages.
extension EngineRig {
    /// What came of a message.
    enum Outcome: Equatable {
        case answered(Answer)
        /// A change is in flight; its ACK, if it has one, comes from `commit`.
        case committing
        /// It waits for a change in flight, in place of an older one with that xid.
        case deferred(replacing: UInt32?)
        case silent(SilenceReason)
        case dropped(DropReason)
    }

    /// Takes a message from the wire through the engine of its client's worker.
    /// - Parameter options: further options, encoded.
    @discardableResult
    func send(_ request: Request, options: [UInt8] = []) -> Outcome {
        let desk = desks[worker(of: request.chaddr)]
        decideDeferred(at: desk)
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let byteCount = RequestWriter.write(request, options: options.span, into: &frame)
        let received = bytes.span.extracting(0..<byteCount)
        switch MessageView.parse(received, as: .request, udpChecksum: .unknown, interface: Self.bridge) {
        case .dropped(let reason): return .dropped(reason)
        case .message(let message):
            let outcome = decide(message, at: desk)
            if case .deferred = outcome { desk.deferred[request.chaddr] = request }
            return outcome
        }
    }

    /// Decides what had to wait, as far as there is room.
    private func decideDeferred(at desk: Desk) {
        while room(of: desk) >= Engine.changesPerRequest, let message = desk.engine.takeDeferredMessage() {
            let client = message.view.chaddr
            desk.deferred[client] = nil
            let outcome = decide(message.view, at: desk)
            resolved.append((client, outcome))
            if let answer = outcome.answer { delivered.append(answer) }
        }
    }

    /// What came of messages that had to wait, since the last call.
    func takeResolved() -> [(client: MACAddress, outcome: Outcome)] {
        defer { resolved = [] }
        return resolved
    }

    private func room(of desk: Desk) -> Int { min(commitRoom, CommitQueue.capacity - desk.engine.changesInFlight) }

    private func decide(_ message: borrowing MessageView, at desk: Desk) -> Outcome {
        switch desk.engine.decide(message, now: now, commitRoom: room(of: desk), reply: &desk.reply) {
        case .reply: return .answered(answer(desk.reply))
        case .deferred(let replaced): return .deferred(replacing: replaced)
        case .silence(let reason): return .silent(reason)
        case .drop(let reason): return .dropped(reason)
        case .commit(let change, let freeing):
            if let freeing { desk.inFlight.append(PendingCommit(change: freeing, reply: desk.reply)) }
            desk.inFlight.append(PendingCommit(change: change, reply: desk.reply))
            return .committing
        }
    }
}

// What the operator changes.
extension EngineRig {
    /// Lets every worker go by another policy.
    func adopt(_ policy: GuestPolicy) {
        for desk in desks { desk.engine.adopt(policy) }
    }

    /// Keeps addresses for clients from now on.
    func reserve(_ reservations: [MACAddress: IPv4Address]) {
        adopt(
            GuestPolicy(
                generation: 2, times: configuration.policy.times, everyone: configuration.policy.everyone,
                reservations: reservations.mapValues { GuestPolicy.Reservation(address: $0) }))
    }
}

extension EngineConfiguration {
    mutating func setLease(seconds: UInt32) {
        policy = GuestPolicy(times: LeaseTimes(leaseSeconds: seconds), everyone: policy.everyone)
    }
}

extension EngineRig {
    /// Has an address leased to a client before it asks, as control does.
    @discardableResult
    func order(leaseTo client: MACAddress, _ address: IPv4Address? = nil) -> LeaseOrder {
        let desk = desks[worker(of: client)]
        let order = desk.engine.lease(to: client, address, now: now)
        if case .commit(let change) = order { desk.inFlight.append(PendingCommit(change: change, reply: desk.reply)) }
        return order
    }

    /// What became of an order of the control side.
    enum OrderOutcome: Equatable { case nothingHeld, withdrawn, committing, changeInFlight }

    /// Has a client's address taken away, as control does.
    @discardableResult
    func order(releaseOf client: MACAddress) -> OrderOutcome {
        let desk = desks[worker(of: client)]
        switch desk.engine.release(client, now: now) {
        case .nothingHeld: return .nothingHeld
        case .withdrawn: return .withdrawn
        case .changeInFlight: return .changeInFlight
        case .commit(let change):
            desk.inFlight.append(PendingCommit(change: change, reply: desk.reply))
            return .committing
        }
    }

    private func answer(_ reply: Reply) -> Answer { readsFrames ? Answer(reading: reply) : Answer(reply) }
}

// The committer and the clock.
extension EngineRig {
    /// Decides all changes in flight, and what follows from messages that waited for them.
    /// - Returns: the replies that waited for them and now leave.
    @discardableResult
    func commit(isDurable: Bool = true) -> [Answer] {
        for worker in desks.indices {
            while !desks[worker].inFlight.isEmpty { commitOldest(of: worker, isDurable: isDurable) }
        }
        defer { delivered = [] }
        return delivered
    }

    /// Decides the oldest change of one worker.
    /// - Returns: the change, and its reply if it leaves.
    @discardableResult
    func commitOldest(of worker: Int = 0, isDurable: Bool = true) -> (change: BindingChange, reply: Answer?) {
        let pending = desks[worker].inFlight.removeFirst()
        desks[worker].engine.complete(Completion(change: pending.change, isDurable: isDurable), now: now)
        defer { decideDeferred(at: desks[worker]) }
        guard isDurable, pending.change.hasReply else { return (pending.change, nil) }
        let answer = answer(pending.reply)
        delivered.append(answer)
        return (pending.change, answer)
    }

    /// Lets time pass, and every worker look at the clock at the end of it.
    func wait(milliseconds: UInt64) {
        now = now + milliseconds
        tick()
    }

    func wait(seconds: UInt64) { wait(milliseconds: seconds * 1000) }

    /// Lets every worker end what is over.
    /// - Returns: whether all of it fitted.
    @discardableResult
    func tick() -> Bool {
        var isDone = true
        for desk in desks {
            decideDeferred(at: desk)
            let isDeskDone = desk.engine.expire(now: now, commitRoom: room(of: desk)) { [reply = desk.reply] change in
                desk.inFlight.append(PendingCommit(change: change, reply: reply))
            }
            isDone = isDone && isDeskDone
        }
        return isDone
    }
}

// The table.
extension EngineRig {
    /// The slot of an address in the pool.
    func slot(_ address: IPv4Address) -> LeaseSlot {
        guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex) else {
            preconditionFailure("the pool has no \(address)")
        }
        return slot
    }

    func state(_ address: IPv4Address) -> LeaseState { slot(address).holder.state }
}

extension ConfiguredOptions {
    /// Options that a test knows to be valid.
    static func valid(_ options: [(code: OptionCode, value: [UInt8])]) -> ConfiguredOptions {
        do { return try ConfiguredOptions(options) } catch { preconditionFailure("\(error)") }
    }
}
