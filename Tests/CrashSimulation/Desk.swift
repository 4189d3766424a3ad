import Addresses
import FastDHCP

/// One worker: its engine, and what runs between it and the committer.
final class Desk {
    var engine: Engine
    let queue: CommitQueue
    var reply = Reply()
    /// Clients whose addresses control takes away as soon as no change of theirs is in flight.
    private var orders: [MACAddress] = []
    /// By client, the numbers of its changes that the committer has not decided; expiries are the server's own.
    private(set) var undecided: [MACAddress: [UInt64]] = [:]
    private let plant: Plant?

    init(_ engine: consuming Engine, plant: Plant?) throws(SystemError) {
        self.engine = engine
        self.plant = plant
        queue = try CommitQueue()
    }

    var commitRoom: Int { min(CommitQueue.capacity - engine.changesInFlight, queue.pending.room) }

    var isIdle: Bool { engine.changesInFlight == 0 && !engine.hasDeferredMessage && orders.isEmpty }

    func submit(_ change: BindingChange, now: BootTime) {
        queue.append(change, reply)
        if change.kind != .expire { undecided[change.client, default: []].append(change.sequence) }
        if plant == .secondChangeInFlight { engine.complete(Completion(change: change, isDurable: true), now: now) }
    }

    /// Whether the committer has the changes of two messages of one client.
    func hasTwoChangesInFlight(of client: MACAddress) -> Bool {
        guard let numbers = undecided[client], let first = numbers.min(), let last = numbers.max() else { return false }
        return last - first >= UInt64(Engine.changesPerRequest)
    }

    func takeCompletions(now: BootTime) {
        while queue.completions.count > 0 {
            let completion = queue.completions[0]
            queue.completions.removeFirst(1)
            undecided[completion.change.client]?.removeAll { $0 == completion.change.sequence }
            if plant != .secondChangeInFlight { engine.complete(completion, now: now) }
        }
        carryOutOrders(now: now)
    }

    /// Takes a client's address away, now or when it is its turn.
    func release(_ client: MACAddress, now: BootTime) {
        orders.append(client)
        carryOutOrders(now: now)
    }

    private func carryOutOrders(now: BootTime) {
        let waiting = orders
        orders = []
        for client in waiting {
            guard commitRoom > 0 else {
                orders.append(client)
                continue
            }
            switch engine.release(client, now: now) {
            case .commit(let change): submit(change, now: now)
            case .changeInFlight: orders.append(client)
            case .nothingHeld, .withdrawn: break
            }
        }
    }

    func expire(now: BootTime) {
        var ended: [BindingChange] = []
        _ = engine.expire(now: now, commitRoom: commitRoom) { ended.append($0) }
        for change in ended { submit(change, now: now) }
    }
}
