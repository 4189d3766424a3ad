import Addresses

/// The committer's word on one change.
public struct Completion: BitwiseCopyable, Sendable {
    public var change: BindingChange
    /// Whether the change is on disk and in the kernel; if not, it never happened.
    public var isDurable: Bool

    public init(change: BindingChange, isDurable: Bool) {
        self.change = change
        self.isDurable = isDurable
    }
}

extension Engine {
    /// Takes the committer's word on a change in flight; those of one address come in their order.
    ///
    /// A durable change becomes what a failed one goes back to. The state of the slot follows it, unless a later change
    /// of the same address is in flight: then that one decides.
    @inline(__always)
    public mutating func complete(_ completion: Completion, now: BootTime) {
        let change = completion.change
        noteResolved(change.sequence)
        let slotIndex = Int(change.slotIndex)
        guard let before = table.read(slotIndex), before.holder.isPending, before.holder.worker == worker else {
            preconditionFailure("a slot with a change in flight is its worker's own")
        }
        let isLatest = before.changeSequence == change.sequence
        var after = before
        if completion.isDurable {
            after.durable = DurableBinding(
                holder: Holder(client: change.client, worker: worker, state: change.state),
                deadline: change.deadline, holdUntil: change.holdUntil)
            if isLatest { after.holder = before.holder.settled }
        } else {
            if isLatest {
                let durable = before.durable
                after.holder = Holder(client: durable.holder.client, worker: worker, state: durable.holder.state)
                after.deadline = durable.deadline
            }
            // The disk may hold the end of the binding all the same: no renewal is answered before it is written again.
            if change.kind != .bind { after.durable.noteDoubt() }
        }
        let isGranted = completion.isDurable && change.kind == .bind
        let isLeftOver = isLatest && !isGranted && hasBinding(after.holder.client, otherThan: slotIndex)
        // Its client has another address since: this one is to end as soon as the disk takes it.
        if isLeftOver && after.holder.state == .bound { after.deadline = now }
        let isOurs = table.update(slotIndex, ifHeldAs: before.holder) { $0 = after }
        precondition(isOurs, "a slot with a change in flight is its worker's own")
        if change.kind == .decline && !completion.isDurable { clients.detach(slotIndex) }
        if isLatest { settle(slotIndex, after, isCurrent: !isLeftOver) }
    }

    /// Whether the client's present address is another one, and bound.
    private func hasBinding(_ client: MACAddress, otherThan slotIndex: Int) -> Bool {
        guard let current = record(of: client) else { return false }
        return current.slotIndex != slotIndex && current.slot.holder.state == .bound
    }

    /// Puts a slot whose change is decided where its state belongs.
    /// - Parameter isCurrent: whether it is what its client has now; an address that could not be taken from a client
    ///   which has another since is not.
    private mutating func settle(_ slotIndex: Int, _ slot: LeaseSlot, isCurrent: Bool) {
        let holder = slot.holder
        switch holder.state {
        case .bound:
            if isCurrent { clients.assign(slotIndex, to: holder.client) }
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
