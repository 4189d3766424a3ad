public import Addresses
public import LinuxSystem

/// The DHCP server on one interface: its packet workers, its committer, and the lease table they share.
///
/// Made without touching the network; `serve(on:)` opens the rings, and again when the interface was re-created or
/// changed its address.
public final class Server: Sendable {
    /// What a server is made of.
    public struct Configuration: Sendable {
        public var engine: EngineConfiguration
        /// How many packet threads there are, 1 to 255.
        public var workerCount = 1
        /// The size of each receive ring.
        public var receiveGeometry = RingGeometry.default
        /// The size of each transmit ring.
        public var transmitGeometry = RingGeometry.default
        /// Numbers that clients cannot guess, for the hash tables.
        public var hashKey: UInt64

        public init(engine: EngineConfiguration, hashKey: UInt64) {
            self.engine = engine
            self.hashKey = hashKey
        }

        /// The worker that a client's messages come to.
        public func worker(for client: MACAddress) -> Int { Fanout.member(for: client, of: workerCount) }
    }

    public let table: LeaseTable
    /// One per worker.
    public let workerCounters: [WorkerCounters]
    public let commitCounters: CommitCounters
    /// What the workers did lately, one by one, and behind them the committer.
    public let traces: [ExchangeTrace]
    public let configuration: Configuration
    /// What clients are told, as of now.
    public let policies: PolicyVersions

    private let workerCommands: [CommandSlot<WorkerAttachment>]
    private let control: [ControlQueue]
    private let committerCommands: CommandSlot<ReplyTransmitter>
    private let fingerprints: FingerprintHandshake
    private let workers: [WorkerThread]
    private let committer: WorkerThread

    /// Starts the threads. They idle until `serve(on:)`.
    ///
    /// - Parameters:
    ///   - table: the pool, with what is known from before.
    ///   - observers: signalled when changes have become durable and the table shows them.
    ///   - journal: where changes become durable; it moves to the committer's thread.
    ///   - routes: where they become reachable; it moves to a thread of its own.
    /// - Throws: `SystemError` when the kernel refuses a thread or a descriptor.
    public init<Disk: JournalSink & Sendable & ~Copyable, Routes: RouteSink & Sendable & ~Copyable>(
        _ configuration: Configuration, table: LeaseTable, observers: [WakeUp], journal: consuming Disk,
        routes: consuming Routes
    ) throws {
        let wakeCommitter = try WakeUp()
        let counters = (0..<configuration.workerCount).map { _ in WorkerCounters() }
        let queues = try (0..<configuration.workerCount).map { _ in try CommitQueue() }
        let workerCommands = queues.map { CommandSlot<WorkerAttachment>(reader: $0.worker) }
        let control = queues.map { ControlQueue(worker: $0.worker) }
        let committerCommands = CommandSlot<ReplyTransmitter>(reader: wakeCommitter)
        let fingerprints = try FingerprintHandshake(committer: wakeCommitter)
        let commitCounters = CommitCounters()
        let policies = PolicyVersions(configuration.engine.policy)
        let traces = (0...configuration.workerCount).map { _ in ExchangeTrace() }

        var committing: CommitWorker? = CommitWorker(
            committer: Committer(
                queues: queues, counters: commitCounters, trace: traces[configuration.workerCount], table: table,
                journal: journal, routes: try RouteThread(routes)),
            commands: committerCommands, fingerprints: fingerprints, wakeUp: wakeCommitter)
        committer = try WorkerThread(name: "dhcp-commit") {
            guard var worker = committing.take() else { return }
            worker.run()
        }
        workers = try (0..<configuration.workerCount).map { index in
            try WorkerThread(name: "dhcp-\(index)") {
                let engine = Engine(
                    worker: index, of: configuration.workerCount, table: table, configuration: configuration.engine,
                    hashKey: configuration.hashKey &+ UInt64(index), now: BootTime.now())
                let outlet = WorkerOutlet(
                    replies: DetachableReplies(), counters: counters[index], trace: traces[index],
                    observers: observers)
                let handler = PacketHandler(engine: engine, commits: queues[index], outlet: outlet)
                var worker = PacketWorker(
                    handler: handler, commands: workerCommands[index], control: control[index], policies: policies,
                    committer: wakeCommitter)
                worker.run()
            }
        }
        self.configuration = configuration
        self.policies = policies
        self.traces = traces
        self.table = table
        self.workerCommands = workerCommands
        self.control = control
        self.committerCommands = committerCommands
        self.commitCounters = commitCounters
        self.fingerprints = fingerprints
        workerCounters = counters
    }

    /// Opens rings on an interface and serves it from now on, in place of the one before.
    ///
    /// - Throws: `SystemError` naming the ring; then nothing has changed.
    public func serve(on interface: InterfaceIdentity) throws(SystemError) {
        let identity = ServerIdentity(address: configuration.engine.serverAddress, macAddress: interface.address)
        var group = FanoutGroup(memberCount: configuration.workerCount)
        var prepared: [PreparedAttachment] = []
        for _ in workers {
            let receive = try ReceiveRing(
                on: interface, geometry: configuration.receiveGeometry, filter: .dhcpServer, joining: &group)
            let transmitter = try makeTransmitter(on: interface, identity)
            prepared.append(
                PreparedAttachment(WorkerAttachment(receive: receive, transmitter: transmitter, interface: interface)))
        }
        let transmitter = try makeTransmitter(on: interface, identity)
        // Only now is every client dealt to its own worker.
        for worker in prepared { try worker.attachment?.receive.start() }
        committerCommands.attach(transmitter)
        for (commands, worker) in zip(workerCommands, prepared) {
            if let attachment = worker.attachment.take() { commands.attach(attachment) }
        }
    }

    /// Keeps one worker's rings, which no array can hold, until all workers have theirs.
    private final class PreparedAttachment {
        var attachment: WorkerAttachment?
        init(_ attachment: consuming WorkerAttachment) { self.attachment = consume attachment }
    }

    private func makeTransmitter(
        on interface: InterfaceIdentity, _ identity: ServerIdentity
    ) throws(SystemError) -> ReplyTransmitter {
        let ring = try TransmitRing(on: interface, geometry: configuration.transmitGeometry)
        return ReplyTransmitter(ring: ring, server: identity, policies: policies)
    }

    /// What the addresses of the pool are doing now. O(pool size).
    public var poolCounts: PoolCounts { table.counts(under: policies.present) }

    /// How many changes the table shows the outcome of.
    public var completionCount: UInt64 { workerCounters.reduce(0) { $0 + $1.completionCount } }

    /// Lets clients be told something else: each worker goes by it from its next batch on.
    public func adopt(_ policy: ClientPolicy) {
        policies.replace(with: policy)
        for queue in control { queue.wakeWorker() }
    }

    /// Takes a client's address away, if it has one.
    public func release(_ client: MACAddress) async -> ReleaseOutcome {
        await withCheckedContinuation { continuation in
            let worker = Fanout.member(for: client, of: workers.count)
            control[worker].append(.release(client) { continuation.resume(returning: $0) })
        }
    }

    /// Leases an address to a client that has not asked yet.
    /// - Parameter address: nil for the one that the client would be offered.
    public func lease(to client: MACAddress, _ address: IPv4Address?) async -> LeaseOutcome {
        await withCheckedContinuation { continuation in
            let worker = Fanout.member(for: client, of: workers.count)
            control[worker].append(.lease(client, address) { continuation.resume(returning: $0) })
        }
    }

    /// Makes the fingerprint of an export durable, before the export takes its place; one thread at a time.
    /// - Returns: false when the disk refuses.
    public func record(_ fingerprint: ExportFingerprint) -> Bool { fingerprints.record(fingerprint) }

    /// Ends the packet threads; what they decided is still committed, and fingerprints are still noted.
    public func stopServing() {
        for commands in workerCommands { commands.stop() }
        for worker in workers { worker.join() }
    }

    /// Ends the committer when it has committed what the workers decided. Nobody may call `note` from here on.
    public func stop() {
        stopServing()
        committerCommands.stop()
        committer.join()
    }
}
