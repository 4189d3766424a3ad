import Addresses
import FastDHCP
import LinuxSystem

/// A packet handler with a pool of four addresses. The input moves the clock, and decides when each change commits or fails.
struct Host: ~Copyable {
    static let gateway = IPv4Address(10, 0, 0, 1)
    static let relay = IPv4Address(10, 0, 0, 9)
    static let bridge = MACAddress(2, 0, 0, 0, 0, 0xFE)
    static let pool = (2...5).map { IPv4Address(10, 0, 0, UInt8($0)) }
    static let leaseSeconds: UInt32 = 600
    private static let queueCapacity = 8

    private var handler: PacketHandler<CheckedOutlet>
    private let commits: CommitQueue
    private let table: LeaseTable
    private var now = BootTime(milliseconds: 1_000_000)

    init() {
        table = LeaseTable(pool: Self.pool)
        do {
            commits = try CommitQueue(limit: Self.queueCapacity)
            let options = try ConfiguredOptions([
                (.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1]), (.domainNameServer, [8, 8, 8, 8]),
            ])
            var configuration = EngineConfiguration(
                serverAddress: Self.gateway, subnet: IPv4Network(containing: Self.gateway, prefixLength: 24),
                leaseSeconds: Self.leaseSeconds, options: options)
            configuration.relays = [Self.relay]
            let engine = Engine(worker: 0, of: 1, table: table, configuration: configuration, hashKey: 7, now: now)
            handler = PacketHandler(
                engine: engine, commits: commits, outlet: CheckedOutlet(options: options, now: now))
        } catch {
            preconditionFailure("three plain options, and a descriptor: \(error)")
        }
    }

    mutating func take(_ step: Step) {
        let hadAvailable = hasAvailable
        switch step {
        case .frame(let bytes): receive(bytes)
        case .message(let recipe): receive(recipe.frame)
        case .decide(let isDurable): decideOldest(isDurable: isDurable)
        case .pass(let milliseconds): pass(milliseconds)
        case .release(let client): release(client)
        }
        handler.outlet.promises.check(table, hadAvailable: hadAvailable, now: now)
    }

    /// Commits all changes in flight, and checks that no address is lost.
    mutating func settle() {
        let hadAvailable = hasAvailable
        while commits.pending.count > 0 { decideOldest(isDurable: true) }
        handler.outlet.promises.check(table, hadAvailable: hadAvailable, now: now)
        precondition(table.stateCounts().reduce(0, +) == Self.pool.count, "an address got lost")
    }

    private var hasAvailable: Bool {
        (0..<table.count).contains { slotIndex in
            guard let owner = table.read(slotIndex)?.owner else { return false }
            return !owner.isPending && (owner.state == .free || owner.state == .expired)
        }
    }

    private mutating func receive(_ frame: [UInt8]) {
        handler.serve(frame.span, udpChecksum: .unknown, interface: Self.bridge, now: now)
    }

    private mutating func decideOldest(isDurable: Bool) {
        guard commits.pending.count > 0 else { return }
        let pending = commits.pending[0]
        commits.pending.removeFirst(1)
        handler.outlet.record(pending, isDurable: isDurable)
        commits.completions.append(Completion(change: pending.change, isDurable: isDurable))
        handler.takeCompletions(now: now)
        checkChangesInFlight()
    }

    /// Checks that each address has at most one change in flight, and each client only the changes of one message. Expiries
    /// do not count for clients, because they are the server's own changes.
    private func checkChangesInFlight() {
        let inFlight = (0..<commits.pending.count).map { commits.pending[$0].change }
        precondition(Set(inFlight.map(\.address)).count == inFlight.count, "an address has two changes in flight")
        let changes = inFlight.filter { $0.kind != .expire }
        for client in Set(changes.map(\.client)) {
            let count = changes.count { $0.client == client }
            precondition(count <= Engine.changesPerRequest, "\(client) has changes of two messages in flight")
        }
    }

    private mutating func pass(_ milliseconds: UInt64) {
        now = now + milliseconds
        handler.outlet.now = now
        _ = handler.expire(now: now)
    }

    private mutating func release(_ client: UInt8) {
        handler.take(ControlOrder(.release(MessageRecipe.client(client)) { _ in }, now: now), now: now)
    }
}
