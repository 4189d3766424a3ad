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

/// What the engine makes of an order to lease an address to a client that has not asked yet.
public enum LeaseOrder: Sendable {
    /// Give this change to the committer.
    case commit(BindingChange)
    /// The client has the address; the change with this number decides, if it is on its way to the disk.
    case held(slotIndex: Int, awaiting: UInt64?)
    /// The client has another address.
    case hasOther(IPv4Address)
    /// Somebody else has the address, or it is kept for somebody else.
    case taken
    /// The pool does not have the address.
    case outsidePool
    /// Nothing is left.
    case exhausted
    /// A former change of the address is on its way to the disk.
    case changeInFlight
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

    /// Leases an address to a client before it asks: the VM is being made.
    /// - Parameter address: nil for the one that its DISCOVER would get.
    public mutating func lease(to client: MACAddress, _ address: IPv4Address?, now: BootTime) -> LeaseOrder {
        if let address, table.slotIndex(of: address) == nil { return .outsidePool }
        if let (slotIndex, slot) = record(of: client) {
            if slot.holder.state == .bound {
                let held = table.address(of: slotIndex)
                guard address == nil || address == held else { return .hasOther(held) }
                return .held(slotIndex: slotIndex, awaiting: slot.holder.isPending ? slot.changeSequence : nil)
            }
            if slot.holder.isPending { return .changeInFlight }
            let isWanted = address.map { $0 == table.address(of: slotIndex) } ?? !shouldLeave(slotIndex, client)
            let isUsable = slot.holder.state == .offered || slot.holder.state.isAvailable
            if isWanted && isUsable && !isKept(slotIndex, from: client) {
                return grant(slotIndex, heldAs: slot.holder, to: client, now: now)
            }
        }
        guard let address else {
            guard let slotIndex = allocate(for: client, preferring: nil, now: now) else { return .exhausted }
            return grant(slotIndex, heldAs: offer(to: client), to: client, now: now)
        }
        guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex), slot.holder.isAvailable,
            claim(slotIndex, heldAs: slot.holder, for: client, now: now)
        else { return .taken }
        return grant(slotIndex, heldAs: offer(to: client), to: client, now: now)
    }

    private func offer(to client: MACAddress) -> Holder { Holder(client: client, worker: worker, state: .offered) }

    private mutating func grant(
        _ slotIndex: Int, heldAs holder: Holder, to client: MACAddress, now: BootTime
    ) -> LeaseOrder {
        let (deadline, holdUntil) = leaseEnd(from: now)
        let change = submit(
            .bind, slotIndex, heldAs: holder, for: client, deadline: deadline, holdUntil: holdUntil)
        guard let change else { return .changeInFlight }
        clients.assign(slotIndex, to: client)
        return .commit(change)
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
