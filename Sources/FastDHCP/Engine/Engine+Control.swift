public import Addresses

/// What the engine makes of an order to take a client's address away.
public enum ReleaseOrder: Sendable {
    /// The client has no address.
    case nothingHeld
    /// An offer was withdrawn, which needs no commit.
    case withdrawn
    /// Give this change to the committer.
    case commit(BindingChange)
    /// The address is on its way out already: the change with this number, of this worker, decides.
    case awaiting(sequence: UInt64)
}

// Orders of the control side, which come to the worker that serves the client.
extension Engine {
    /// Takes a client's address away: the VM is gone, whatever its lease says.
    public mutating func release(_ client: MACAddress, now: BootTime) -> ReleaseOrder {
        guard let (slotIndex, slot) = record(of: client) else { return .nothingHeld }
        switch slot.holder.state {
        case .bound:
            let change = submit(.release, slotIndex, heldAs: slot.holder, for: client, deadline: now, holdUntil: now)
            guard let change else { preconditionFailure("a bound slot is its worker's own") }
            return .commit(change)
        case .offered where !slot.holder.isPending:
            lapse(slotIndex, slot, to: .expired, now: now)
            return .withdrawn
        case .offered, .expired:
            guard slot.holder.isPending else { return .nothingHeld }
            // Offered again before its removal was durable: the offer goes with it.
            let leaving = Holder(client: client, worker: worker, state: .expired, isPending: true)
            let isOurs = table.update(slotIndex, ifHeldAs: slot.holder) { $0.holder = leaving }
            precondition(isOurs, "a slot with a change in flight is its worker's own")
            return .awaiting(sequence: slot.changeSequence)
        case .free, .declined, .quarantined:
            return .nothingHeld
        }
    }

    /// Takes over what the table held for this worker before it started.
    mutating func adoptRestored() {
        var slots = (0..<table.count).compactMap { slotIndex in ownSlot(slotIndex).map { (slotIndex, $0) } }
        slots.sort { $0.1.deadline < $1.1.deadline }
        // What a client has now comes last: of its addresses the last one counts.
        for (slotIndex, slot) in slots where slot.holder.state == .declined {
            clients.assign(slotIndex, to: slot.holder.client)
            clients.decline(slotIndex)
            deadlines.append(slotIndex, to: .declined)
        }
        for (slotIndex, slot) in slots where slot.holder.state == .expired {
            clients.assign(slotIndex, to: slot.holder.client)
        }
        for (slotIndex, slot) in slots where slot.holder.state == .bound {
            clients.assign(slotIndex, to: slot.holder.client)
            deadlines.append(slotIndex, to: wheel.list(endingAt: slot.deadline))
        }
        for (slotIndex, slot) in slots where slot.holder.state == .quarantined {
            deadlines.append(slotIndex, to: wheel.list(endingAt: slot.deadline))
        }
    }
}
