import Addresses
import FastDHCP

/// An engine with a pool of four addresses, a clock that the input moves, and a committer that decides when the input
/// says so.
struct Host: ~Copyable {
    static let gateway = IPv4Address(10, 0, 0, 1)
    static let relay = IPv4Address(10, 0, 0, 9)
    static let bridge = MACAddress(2, 0, 0, 0, 0, 0xFE)
    static let pool = (2...5).map { IPv4Address(10, 0, 0, UInt8($0)) }
    static let leaseSeconds: UInt32 = 600
    private static let queueCapacity = 8

    private var engine: Engine
    private let table: LeaseTable
    private let configuration: EngineConfiguration
    private var now = BootTime(milliseconds: 1_000_000)
    private var reply = Reply()
    /// Changes in flight with their replies, oldest first.
    private var inFlight: [(change: BindingChange, reply: Reply)] = []
    private var promises = Promises()

    init() {
        table = LeaseTable(pool: Self.pool)
        do {
            let options = try ConfiguredOptions([
                (.subnetMask, [255, 255, 255, 0]), (.router, [10, 0, 0, 1]), (.domainNameServer, [8, 8, 8, 8]),
            ])
            configuration = EngineConfiguration(
                serverAddress: Self.gateway, subnet: IPv4Network(containing: Self.gateway, prefixLength: 24),
                leaseSeconds: Self.leaseSeconds, options: options)
        } catch {
            preconditionFailure("three plain options: \(error)")
        }
        var configuration = configuration
        configuration.relays = [Self.relay]
        engine = Engine(worker: 0, of: 1, table: table, configuration: configuration, hashKey: 7, now: now)
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
        promises.check(table, hadAvailable: hadAvailable, now: now)
    }

    /// Decides all that is in flight: afterwards the table is at rest and every address accounted for.
    mutating func settle() {
        let hadAvailable = hasAvailable
        while !inFlight.isEmpty { decideOldest(isDurable: true) }
        promises.check(table, hadAvailable: hadAvailable, now: now)
        precondition(table.stateCounts().reduce(0, +) == Self.pool.count, "an address got lost")
    }

    private var hasAvailable: Bool {
        (0..<table.count).contains { slotIndex in
            guard let holder = table.read(slotIndex)?.holder else { return false }
            return !holder.isPending && (holder.state == .free || holder.state == .expired)
        }
    }

    private mutating func receive(_ frame: [UInt8]) {
        switch MessageView.parse(frame.span, as: .request, udpChecksum: .unknown, interface: Self.bridge) {
        case .dropped: return
        case .message(let request): answer(request)
        }
    }

    private mutating func answer(_ request: borrowing MessageView) {
        let room = Self.queueCapacity - inFlight.count
        switch engine.decide(request, now: now, commitRoom: room, reply: &reply) {
        case .reply:
            deliver(reply, for: nil, until: now + UInt64(reply.leaseSeconds) * 1000)
        case .commit(let change, let freeing):
            if change.kind == .bind { promises.choose(change) }
            if let freeing { inFlight.append((freeing, reply)) }
            inFlight.append((change, reply))
        case .deferred, .silence, .drop: break
        }
    }

    /// Decides what had to wait, as far as there is room.
    private mutating func answerDeferred() {
        while Self.queueCapacity - inFlight.count >= Engine.changesPerRequest,
            let message = engine.takeDeferredMessage()
        {
            answer(message.view)
        }
    }

    private mutating func decideOldest(isDurable: Bool) {
        guard !inFlight.isEmpty else { return }
        let (change, reply) = inFlight.removeFirst()
        engine.complete(Completion(change: change, isDurable: isDurable), now: now)
        if isDurable {
            promises.keep(change)
            if change.hasReply { deliver(reply, for: change, until: change.deadline) }
        }
        answerDeferred()
        checkChangesInFlight()
    }

    /// A client has the changes of one message in flight at most, and an address one change; expiries are the server's
    /// own.
    private func checkChangesInFlight() {
        let addresses = Set(inFlight.map(\.change.address))
        precondition(addresses.count == inFlight.count, "an address has two changes in flight")
        let changes = inFlight.map(\.change).filter { $0.kind != .expire }
        for client in Set(changes.map(\.client)) {
            let count = changes.count { $0.client == client }
            precondition(count <= Engine.changesPerRequest, "\(client) has changes of two messages in flight")
        }
    }

    private mutating func pass(_ milliseconds: UInt64) {
        now = now + milliseconds
        var ended: [BindingChange] = []
        _ = engine.expire(now: now, commitRoom: Self.queueCapacity - inFlight.count) { ended.append($0) }
        for change in ended { inFlight.append((change, reply)) }
    }

    private mutating func release(_ client: UInt8) {
        guard inFlight.count < Self.queueCapacity else { return }
        if case .commit(let change) = engine.release(MessageRecipe.client(client), now: now) {
            inFlight.append((change, reply))
        }
    }

    /// Writes the reply as a frame; what a client reads in it must be what was decided.
    /// - Parameters:
    ///   - change: what the reply waited for, if anything.
    ///   - deadline: a client counts its lease from when it asked, not from when the answer came (RFC 2131 section 4.4.1).
    private mutating func deliver(_ reply: Reply, for change: BindingChange?, until deadline: BootTime) {
        var frame = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
        var bytes = frame.mutableSpan
        let identity = ServerIdentity(address: Self.gateway, macAddress: Self.bridge)
        let count = ReplyWriter.write(
            reply, server: identity, options: configuration.policy.everyone.options, into: &bytes)
        let sent = frame.span.extracting(0..<count)
        switch MessageView.parse(sent, as: .reply, udpChecksum: .unknown, interface: reply.ethernetDestination) {
        case .dropped(let reason):
            // A client may send from any port, and gets its answer there: no reader of replies listens on odd ones.
            precondition(reason == .port, "our own reply is dropped as \(reason)")
        case .message(let view):
            precondition(view.xid == reply.xid && view.messageType == reply.messageType, "the reply changed on its way")
            precondition(view.yiaddr == reply.yiaddr, "the address changed on its way")
        }
        promises.make(reply, for: change, until: deadline, now: now)
    }
}
