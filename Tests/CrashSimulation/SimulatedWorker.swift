import Addresses
import FastDHCP
import LinuxSystem

/// One worker: its packet handler, and the queue between it and the committer.
final class SimulatedWorker {
    var handler: PacketHandler<Outlet>
    let queue: CommitQueue
    /// By client: the sequence numbers of its changes that the committer has not decided. Expiries are not among them.
    private var undecided: [MACAddress: [UInt64]] = [:]
    private let bug: InjectedBug?
    /// For `secondChangeInFlight`: how many changes in the queue the engine was wrongly told are durable.
    private var toldCount = 0

    init(_ engine: consuming Engine, world: World) throws(SystemError) {
        bug = world.bug
        queue = try CommitQueue()
        handler = PacketHandler(engine: engine, commits: queue, outlet: Outlet(world: world))
    }

    var isIdle: Bool { handler.engine.changesInFlight == 0 && !handler.engine.hasDeferredMessage && !handler.hasOrder }

    /// Notes a change by a message until the committer has decided it.
    func record(_ change: BindingChange) { undecided[change.client, default: []].append(change.sequence) }

    /// Whether the committer has the changes of two messages of one client.
    func hasTwoChangesInFlight(of client: MACAddress) -> Bool {
        guard let numbers = undecided[client], let first = numbers.min(), let last = numbers.max() else { return false }
        return last - first >= UInt64(Engine.changesPerRequest)
    }

    func serve(_ frame: Span<UInt8>, now: BootTime) {
        handler.serve(frame, udpChecksum: .unknown, interface: Conditions.bridge, now: now)
        if bug == .secondChangeInFlight { tellAtOnce(now: now) }
    }

    func takeCompletions(now: BootTime) {
        for index in 0..<queue.completions.count {
            let change = queue.completions[index].change
            undecided[change.client]?.removeAll { $0 == change.sequence }
        }
        switch bug {
        case .secondChangeInFlight: queue.completions.removeFirst(queue.completions.count)
        case .deferredMessageLost: loseDeferredMessages(now: now)
        default: break
        }
        handler.takeCompletions(now: now)
        if bug == .secondChangeInFlight { tellAtOnce(now: now) }
    }

    /// Releases a client's address, now or after its change in flight.
    func release(_ client: MACAddress, now: BootTime) {
        handler.take(ControlOrder(.release(client) { _ in }, now: now), now: now)
        if bug == .secondChangeInFlight { tellAtOnce(now: now) }
    }

    func expire(now: BootTime) {
        _ = handler.expire(now: now)
        if bug == .secondChangeInFlight { tellAtOnce(now: now) }
    }
}

// The injected bugs.
extension SimulatedWorker {
    /// Tells the engine at once that its changes are durable, though the committer has not decided them yet.
    private func tellAtOnce(now: BootTime) {
        // Changes that have left the queue no longer count.
        toldCount = min(toldCount, queue.pending.count)
        while toldCount < queue.pending.count {
            handler.engine.complete(Completion(change: queue.pending[toldCount].change, isDurable: true), now: now)
            toldCount += 1
        }
    }

    private func loseDeferredMessages(now: BootTime) {
        for index in 0..<queue.completions.count { handler.engine.complete(queue.completions[index], now: now) }
        queue.completions.removeFirst(queue.completions.count)
        while handler.engine.takeDeferredMessage() != nil {}
    }
}
