import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

/// A server without threads: the packet handlers of its workers over one table, a clock that is moved by hand, and a
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
    let rigWorkers: [RigWorker]
    /// How many changes the committer says it has room for.
    var commitRoom = EngineRig.changeLimit
    /// How many changes of a worker can be undecided.
    static let changeLimit = 256
    /// The replies that left after a commit, since the last look.
    private var delivered: [Answer] = []
    /// The outcomes of deferred messages, since the last look.
    private var resolved: [(client: MACAddress, outcome: Outcome)] = []

    /// One worker, and the changes that it has given to the committer, the oldest first.
    final class RigWorker {
        var handler: PacketHandler<Outlet>
        let commits: CommitQueue
        var inFlight: [PendingCommit] = []
        /// The messages that wait for them, by their clients.
        var deferred: [MACAddress: Request] = [:]

        init(_ engine: consuming Engine, readsFrames: Bool) {
            do { commits = try CommitQueue(limit: EngineRig.changeLimit) } catch { preconditionFailure("\(error)") }
            handler = PacketHandler(engine: engine, commits: commits, outlet: Outlet(readsFrames: readsFrames))
        }
    }

    /// - Parameters:
    ///   - addressCount: the size of the pool, which starts at 10.0.0.2.
    ///   - readsFrames: whether answers are written as frames and read back. Long runs take them from the reply record,
    ///     because they do not test the codec.
    ///   - restored: leases that the table holds before the engines start; they belong to the first worker.
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
        rigWorkers = (0..<workerCount).map { worker in
            RigWorker(
                Engine(
                    worker: worker, of: workerCount, table: table, configuration: configuration,
                    hashKey: UInt64(worker), now: Self.start), readsFrames: readsFrames)
        }
    }

    static let options = ConfiguredOptions.valid([(.subnetMask, OptionEncoding.uint32(0xFFFF_FF00))])
}

// The workers.
extension EngineRig {
    var workerCount: Int { rigWorkers.count }

    /// The worker that serves a client, in place of fanout.
    func worker(of client: MACAddress) -> Int { Int(client.rawValue % UInt64(rigWorkers.count)) }

    /// The changes of a worker that are not decided yet, the oldest first.
    func inFlight(of worker: Int = 0) -> [BindingChange] { rigWorkers[worker].inFlight.map(\.change) }

    /// All changes that are not decided yet.
    var inFlight: [BindingChange] { rigWorkers.flatMap { $0.inFlight.map(\.change) } }

    func declinedCount(of client: MACAddress) -> Int {
        rigWorkers[worker(of: client)].handler.engine.clients.declinedCount(of: client)
    }

    /// The slot that a client has in the index of its worker.
    func indexedSlot(of client: MACAddress) -> Int? {
        rigWorkers[worker(of: client)].handler.engine.clients.slotIndex(of: client)
    }
}

// Messages.
extension EngineRig {
    /// The outcome of a message.
    enum Outcome: Equatable {
        case answered(Answer)
        /// A change is in flight; its ACK, if it has one, comes from `commit`.
        case committing
        /// The message waits for a change in flight, and replaces an older one with this xid if there was one.
        case deferred(replacing: UInt32?)
        case silent(SilenceReason)
        case dropped(DropReason)
    }

    /// Collects what a handler sends and decides.
    struct Outlet: PacketOutlet {
        let readsFrames: Bool
        private var sent: Answer?
        /// The outcomes of messages, in the order in which they were decided.
        private(set) var outcomes: [(client: MACAddress, outcome: Outcome)] = []

        init(readsFrames: Bool) { self.readsFrames = readsFrames }

        mutating func send(_ reply: inout Reply) -> Bool {
            sent = answer(reply)
            return true
        }

        mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {
            let outcome: Outcome =
                switch decision {
                case .reply: .answered(sent!)
                case .commit: .committing
                case .deferred(let replaced): .deferred(replacing: replaced)
                case .silence(let reason): .silent(reason)
                case .drop(let reason): .dropped(reason)
                }
            outcomes.append((request.chaddr, outcome))
        }

        mutating func didDrop(_ reason: DropReason) { outcomes.append((.zero, .dropped(reason))) }

        mutating func takeOutcomes() -> [(client: MACAddress, outcome: Outcome)] {
            defer { outcomes = [] }
            return outcomes
        }

        func answer(_ reply: Reply) -> Answer { readsFrames ? Answer(reading: reply) : Answer(reply) }

        mutating func flush() {}
        mutating func didReceive(_ request: borrowing MessageView) {}
        mutating func didOrder(_ change: BindingChange) {}
        mutating func didComplete(_ count: Int) {}
    }

    /// Sends a message as a frame to the handler of its client's worker.
    /// - Parameter options: further options, encoded.
    @discardableResult
    func send(_ request: Request, options: [UInt8] = []) -> Outcome {
        let rigWorker = rigWorkers[worker(of: request.chaddr)]
        takeCompletions(at: rigWorker)
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let byteCount = RequestWriter.write(request, options: options.span, into: &frame)
        let received = bytes.span.extracting(0..<byteCount)
        limitRoom(of: rigWorker)
        rigWorker.handler.serve(received, udpChecksum: .unknown, interface: Self.bridge, now: now)
        collectChanges(of: rigWorker)
        let outcome = rigWorker.handler.outlet.takeOutcomes()[0].outcome
        if case .deferred = outcome { rigWorker.deferred[request.chaddr] = request }
        return outcome
    }

    /// Lets a worker take its completions and decide its deferred messages, as far as there is room.
    private func takeCompletions(at rigWorker: RigWorker) {
        limitRoom(of: rigWorker)
        rigWorker.handler.takeCompletions(now: now)
        collectChanges(of: rigWorker)
        for (client, outcome) in rigWorker.handler.outlet.takeOutcomes() {
            rigWorker.deferred[client] = nil
            resolved.append((client, outcome))
            if let answer = outcome.answer { delivered.append(answer) }
        }
    }

    /// Fills the queue until it has room for `commitRoom` changes, as if the committer had not freed the other places
    /// yet.
    private func limitRoom(of rigWorker: RigWorker) {
        while rigWorker.commits.pending.room > commitRoom { rigWorker.commits.append(Self.placeholder, Reply()) }
    }

    private static let placeholder = BindingChange(
        kind: .expire, worker: 0, hasReply: false, isRelayed: false, slotIndex: 0, sequence: 0, address: .unspecified,
        client: .zero, deadline: start, holdUntil: start)

    private func collectChanges(of rigWorker: RigWorker) {
        let pending = rigWorker.commits.pending
        let count = pending.count
        for index in 0..<count where pending[index].change.sequence != Self.placeholder.sequence {
            rigWorker.inFlight.append(pending[index])
        }
        pending.removeFirst(count)
    }

    /// The outcomes of deferred messages, since the last call.
    func takeResolved() -> [(client: MACAddress, outcome: Outcome)] {
        defer { resolved = [] }
        return resolved
    }
}

// What the operator changes.
extension EngineRig {
    /// Gives every worker another policy.
    func adopt(_ policy: ClientPolicy) {
        for rigWorker in rigWorkers {
            rigWorker.handler.engine.adopt(policy)
            while rigWorker.handler.engine.hasAddressesToReturn { rigWorker.handler.engine.returnAddresses() }
        }
    }

    /// Reserves addresses for clients from now on.
    func reserve(_ reservations: [MACAddress: IPv4Address]) {
        adopt(
            ClientPolicy(
                generation: 2, times: configuration.policy.times, everyone: configuration.policy.everyone,
                reservations: reservations.mapValues { ClientPolicy.Reservation(address: $0) }))
    }
}

extension EngineConfiguration {
    mutating func setLease(seconds: UInt32) {
        policy = ClientPolicy(times: LeaseTimes(leaseSeconds: seconds), everyone: policy.everyone)
    }
}

extension EngineRig {
    /// Leases an address to a client before it asks, as control does.
    @discardableResult
    func order(leaseTo client: MACAddress, _ address: IPv4Address? = nil) -> LeaseOrder {
        let rigWorker = rigWorkers[worker(of: client)]
        let order = rigWorker.handler.engine.lease(to: client, address, now: now)
        if case .commit(let change) = order { commit(change, at: rigWorker) }
        return order
    }

    /// The outcome of a release order.
    enum OrderOutcome: Equatable { case nothingHeld, withdrawn, committing, changeInFlight }

    /// Releases a client's address, as control does.
    @discardableResult
    func order(releaseOf client: MACAddress) -> OrderOutcome {
        let rigWorker = rigWorkers[worker(of: client)]
        switch rigWorker.handler.engine.release(client, now: now) {
        case .nothingHeld: return .nothingHeld
        case .withdrawn: return .withdrawn
        case .changeInFlight: return .changeInFlight
        case .commit(let change):
            commit(change, at: rigWorker)
            return .committing
        }
    }

    /// Has an address made available, as control does.
    @discardableResult
    func order(freeing address: IPv4Address) -> FreeOrder {
        let rigWorker = rigWorkers[0]
        let order = rigWorker.handler.engine.free(address, now: now)
        if case .commit(let change) = order { commit(change, at: rigWorker) }
        return order
    }

    private func commit(_ change: BindingChange, at rigWorker: RigWorker) {
        rigWorker.handler.commit(change)
        collectChanges(of: rigWorker)
    }
}

// The committer and the clock.
extension EngineRig {
    /// Decides all changes in flight, and the messages that waited for them.
    /// - Returns: the replies that leave now.
    @discardableResult
    func commit(isDurable: Bool = true) -> [Answer] {
        for worker in rigWorkers.indices {
            while !rigWorkers[worker].inFlight.isEmpty { commitOldest(of: worker, isDurable: isDurable) }
        }
        defer { delivered = [] }
        return delivered
    }

    /// Decides the oldest change of one worker.
    /// - Returns: the change, and its reply if it leaves.
    @discardableResult
    func commitOldest(of worker: Int = 0, isDurable: Bool = true) -> (change: BindingChange, reply: Answer?) {
        let rigWorker = rigWorkers[worker]
        let pending = rigWorker.inFlight.removeFirst()
        let answer = isDurable && pending.change.hasReply ? rigWorker.handler.outlet.answer(pending.reply) : nil
        if let answer { delivered.append(answer) }
        rigWorker.commits.completions.append(Completion(change: pending.change, isDurable: isDurable))
        takeCompletions(at: rigWorker)
        return (pending.change, answer)
    }

    /// Lets time pass; then every worker looks at the clock.
    func wait(milliseconds: UInt64) {
        now = now + milliseconds
        tick()
    }

    func wait(seconds: UInt64) { wait(milliseconds: seconds * 1000) }

    /// Lets every worker end the offers and leases that are over.
    /// - Returns: whether the committer had room for all of them.
    @discardableResult
    func tick() -> Bool {
        var isDone = true
        for rigWorker in rigWorkers {
            takeCompletions(at: rigWorker)
            limitRoom(of: rigWorker)
            let isDeskDone = rigWorker.handler.expire(now: now)
            collectChanges(of: rigWorker)
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

    func state(_ address: IPv4Address) -> LeaseState { slot(address).owner.state }
}

extension ConfiguredOptions {
    /// Options that a test knows to be valid.
    static func valid(_ options: [(code: OptionCode, value: [UInt8])]) -> ConfiguredOptions {
        do { return try ConfiguredOptions(options) } catch { preconditionFailure("\(error)") }
    }
}
