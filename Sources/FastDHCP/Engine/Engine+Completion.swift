import Addresses
public import LinuxSystem

/// The committer's word on one change.
public struct Completion: BitwiseCopyable, Sendable {
    public var change: BindingChange
    /// Whether the change holds; if not, it never happened.
    public var isDurable: Bool
    /// Whether the kernel has followed. A binding without its route does not hold; the end of one does, though the
    /// kernel refuses to take its route away.
    public var isRouted: Bool

    public init(change: BindingChange, isDurable: Bool, isRouted: Bool = true) {
        self.change = change
        self.isDurable = isDurable
        self.isRouted = isRouted
    }
}

extension Engine {
    /// Takes the committer's word on a change in flight. A durable change becomes what a failed one goes back to.
    ///
    /// What its client sent meanwhile may come out of `takeDeferredMessage` now.
    @inline(__always)
    public mutating func complete(_ completion: Completion, now: BootTime) {
        let change = completion.change
        markResolved(change.sequence)
        let slotIndex = Int(change.slotIndex)
        guard let before = table.read(slotIndex), before.owner.isPending, before.owner.worker == worker,
            before.changeSequence == change.sequence
        else { preconditionFailure("a slot has one change in flight, of its own worker") }
        var after = before
        if completion.isDurable {
            after.durable = DurableBinding(
                owner: SlotOwner(client: change.client, worker: worker, state: change.state),
                deadline: change.deadline, holdUntil: change.holdUntil)
            after.owner = before.owner.settled
        } else {
            let durable = before.durable
            after.owner = SlotOwner(client: durable.owner.client, worker: worker, state: durable.owner.state)
            after.deadline = durable.deadline
            // The disk may hold the end of the binding all the same: no renewal is answered before it is written again.
            if change.kind != .bind { after.durable.markDoubtful() }
        }
        let isGranted = completion.isDurable && change.kind == .bind
        let isLeftOver = !isGranted && hasBinding(after.owner.client, otherThan: slotIndex)
        // Its client has another address since: this one is to end as soon as the disk takes it.
        if isLeftOver && after.owner.state == .bound { after.deadline = now }
        let isOurs = table.update(slotIndex, ifHeldAs: before.owner) { $0 = after }
        precondition(isOurs, "a slot with a change in flight is its worker's own")
        if change.kind == .decline && !completion.isDurable { clients.detach(slotIndex) }
        settle(slotIndex, after, isCurrent: !isLeftOver)
        if let message = clients.endChange(of: change.client) { deferred.makeReady(message) }
    }

    /// Whether the client's present address is another one, and bound.
    private func hasBinding(_ client: MACAddress, otherThan slotIndex: Int) -> Bool {
        guard let current = record(of: client) else { return false }
        return current.slotIndex != slotIndex && current.slot.owner.state == .bound
    }

    /// Puts a slot whose change is decided where its state belongs.
    /// - Parameter isCurrent: whether it is what its client has now; an address that could not be taken from a client
    ///   which has another since is not.
    private mutating func settle(_ slotIndex: Int, _ slot: LeaseSlot, isCurrent: Bool) {
        let owner = slot.owner
        switch owner.state {
        case .bound:
            if isCurrent { clients.assign(slotIndex, to: owner.client) }
            deadlines.append(slotIndex, to: wheel.list(endingAt: slot.deadline))
        case .offered:
            deadlines.append(slotIndex, to: .offered)
        case .declined:
            deadlines.append(slotIndex, to: .declined)
        case .quarantined:
            deadlines.append(slotIndex, to: wheel.list(endingAt: slot.deadline))
        case .expired, .free:
            table.makeAvailable(slotIndex, since: slot.deadline)
        }
    }
}
