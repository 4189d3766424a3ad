import Addresses
public import LinuxSystem

/// The committer's answer about one change.
public struct Completion: BitwiseCopyable, Sendable {
    public var change: BindingChange
    /// Whether the change is in force. If not, the slot goes back to its last durable binding.
    public var isDurable: Bool
    /// Whether the kernel has applied the change. A binding without its route is not in force. The end of a binding is
    /// in force even if the kernel refuses to remove its route.
    public var isRouted: Bool

    public init(change: BindingChange, isDurable: Bool, isRouted: Bool = true) {
        self.change = change
        self.isDurable = isDurable
        self.isRouted = isRouted
    }
}

extension Engine {
    /// Applies the committer's answer about a change in flight. A later change that fails goes back to the last durable
    /// one.
    ///
    /// A message that the client sent in the meantime may be ready for `takeDeferredMessage` afterwards.
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
            // The end of the binding may still have been written to the disk. So no renewal is answered until the
            // binding has been written again.
            if change.kind != .bind { after.durable.markDoubtful() }
        }
        let isGranted = completion.isDurable && change.kind == .bind
        let isLeftOver = !isGranted && hasBinding(after.owner.client, otherThan: slotIndex)
        // The client has another address by now: end this lease as soon as the disk accepts the change.
        if isLeftOver && after.owner.state == .bound { after.deadline = now }
        let isOurs = table.update(slotIndex, ifHeldAs: before.owner) { $0 = after }
        precondition(isOurs, "a slot with a change in flight is its worker's own")
        if change.kind == .decline && !completion.isDurable { clients.detach(slotIndex) }
        settle(slotIndex, after, isCurrent: !isLeftOver)
        if let message = clients.endChange(of: change.client) { deferred.makeReady(message) }
    }

    /// Whether the client holds a lease of another address.
    private func hasBinding(_ client: MACAddress, otherThan slotIndex: Int) -> Bool {
        guard let current = record(of: client) else { return false }
        return current.slotIndex != slotIndex && current.slot.owner.state == .bound
    }

    /// Puts a slot whose change is decided into the list or queue of its state.
    /// - Parameter isCurrent: whether this is the client's present address. It is not if the address could not be taken
    ///   from a client that has another one by now.
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
            // The client did not get it back.
            clients.detach(slotIndex)
            deadlines.append(slotIndex, to: wheel.list(endingAt: slot.deadline))
        case .expired, .free:
            table.makeAvailable(slotIndex, since: slot.deadline)
        }
    }
}
