public import Addresses
public import LinuxSystem

/// The DHCP server on one interface: its packet workers, its committer, and the lease table they share.
///
/// Creating it does not touch the network. `serve(on:)` opens the rings. Call it again when the interface was
/// re-created or its MAC address changed.
public final class Server: Sendable {
    /// The settings of a server.
    public struct Configuration: Sendable {
        public var engine: EngineConfiguration
        /// The number of packet threads, 1 to 255.
        public var workerCount = 1
        /// The size of each receive ring.
        public var receiveGeometry = RingGeometry.default
        /// The size of each transmit ring.
        public var transmitGeometry = RingGeometry.default
        /// A random number that clients cannot guess, for the hash tables.
        public var hashKey: UInt64

        public init(engine: EngineConfiguration, hashKey: UInt64) {
            self.engine = engine
            self.hashKey = hashKey
        }

        /// The worker that receives a client's messages.
        public func worker(for client: MACAddress) -> Int { Fanout.member(for: client, of: workerCount) }
    }

    public let table: LeaseTable
    /// One per worker.
    public let workerCounters: [WorkerCounters]
    public let commitCounters: CommitCounters
    /// One trace of recent events per worker, followed by that of the committer.
    public let traces: [ExchangeTrace]
    public let configuration: Configuration
    /// The host names that clients sent.
    public let hostNames: HostNames
    /// The current policy, which says what clients are told, and the previous one for replies that still wait for the
    /// disk.
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
    ///   - table: the pool, with the leases known from before.
    ///   - observers: signaled when changes have become durable and the table shows them.
    ///   - journal: where changes become durable. It moves to the committer's thread.
    ///   - routes: where changes become routes. It moves to its own thread.
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
        let hostNames = HostNames(slotCount: table.count)
        var engineConfiguration = configuration.engine
        engineConfiguration.hostNames = hostNames
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
        workers = try (0..<configuration.workerCount).map { [engineConfiguration] index in
            try WorkerThread(name: "dhcp-\(index)") {
                let engine = Engine(
                    worker: index, of: configuration.workerCount, table: table, configuration: engineConfiguration,
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
        self.hostNames = hostNames
        self.traces = traces
        self.table = table
        self.workerCommands = workerCommands
        self.control = control
        self.committerCommands = committerCommands
        self.commitCounters = commitCounters
        self.fingerprints = fingerprints
        workerCounters = counters
    }

    /// Opens rings on an interface and serves it from now on, instead of the previous one.
    ///
    /// - Throws: `SystemError` naming the ring. Then nothing has changed.
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
        // All rings have joined the group, so from here on each client's messages go to its own worker.
        for worker in prepared { try worker.attachment?.receive.start() }
        committerCommands.attach(transmitter)
        for (commands, worker) in zip(workerCommands, prepared) {
            if let attachment = worker.attachment.take() { commands.attach(attachment) }
        }
    }

    /// Keeps one worker's rings until all workers have theirs. A class, because an array cannot hold the rings
    /// directly.
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

    /// How many addresses of the pool are in which state now. O(pool size).
    public var poolCounts: PoolCounts { table.counts(under: policies.present) }

    /// How many changes are completed and visible in the table.
    public var completionCount: UInt64 { workerCounters.reduce(0) { $0 + $1.completionCount } }

    /// Replaces the policy. Each worker uses the new one from its next batch on.
    public func adopt(_ policy: ClientPolicy) {
        policies.replace(with: policy)
        for queue in control { queue.wakeWorker() }
    }

    /// Releases a client's address, if it has one.
    public func release(_ client: MACAddress) async -> ReleaseOutcome {
        await withCheckedContinuation { continuation in
            let worker = Fanout.member(for: client, of: workers.count)
            control[worker].append(.release(client) { continuation.resume(returning: $0) })
        }
    }

    /// Makes an address available that is quarantined or declined.
    public func free(_ address: IPv4Address) async -> FreeOutcome {
        await withCheckedContinuation { continuation in
            let owner = table.slotIndex(of: address).flatMap { table.read($0)?.owner }
            control[Int(owner?.worker ?? 0)].append(.free(address) { continuation.resume(returning: $0) })
        }
    }

    /// Leases an address to a client that has not asked for one.
    /// - Parameter address: nil for the address that the client would be offered.
    public func lease(to client: MACAddress, _ address: IPv4Address?) async -> LeaseOutcome {
        await withCheckedContinuation { continuation in
            let worker = Fanout.member(for: client, of: workers.count)
            control[worker].append(.lease(client, address) { continuation.resume(returning: $0) })
        }
    }

    /// Makes the fingerprint of an export durable before the export takes its name. Only one thread may call this at a
    /// time.
    /// - Returns: false when the disk refuses.
    public func record(_ fingerprint: ExportFingerprint) -> Bool { fingerprints.record(fingerprint) }

    /// Ends the packet threads. The committer still commits what they decided, and still records fingerprints.
    public func stopServing() {
        for commands in workerCommands { commands.stop() }
        for worker in workers { worker.join() }
    }

    /// Ends the packet threads, and then the committer once it has committed everything that the workers decided.
    /// Nobody may call `record` from here on.
    public func stop() {
        stopServing()
        committerCommands.stop()
        committer.join()
    }
}
