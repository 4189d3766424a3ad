public import Addresses
public import LinuxSystem

/// What the engine decides about an order to take a client's address away.
public enum ReleaseOrder: Sendable {
    /// The client has no address.
    case nothingHeld
    /// An offer was withdrawn, which needs no commit.
    case withdrawn
    /// Give this change to the committer.
    case commit(BindingChange)
    /// A change of the client's lease is in flight: try again when it is decided.
    case changeInFlight
}

/// What the engine decides about an order to make an address available again that is set aside.
public enum FreeOrder: Sendable {
    /// The address is available, which needs no commit.
    case available
    /// Give this change to the committer.
    case commit(BindingChange)
    /// A client has the address, or it is offered to one.
    case held(by: MACAddress)
    /// The address is not in the pool.
    case outsidePool
    /// A change of the address or of its client's lease is in flight: try again when it is decided.
    case changeInFlight
}

/// What the engine decides about an order to lease an address to a client that has not asked yet.
public enum LeaseOrder: Sendable {
    /// Give this change to the committer.
    case commit(BindingChange)
    /// The client already has the address.
    case held(slotIndex: Int)
    /// The client has another address.
    case hasOther(IPv4Address)
    /// Another client has the address, or it is reserved for another client.
    case taken
    /// The address is not in the pool.
    case outsidePool
    /// The pool has no address left.
    case exhausted
    /// A change of the client's lease or of the address is in flight: try again when it is decided.
    case changeInFlight
}

// Orders of the control side. They arrive at the worker that serves the client. `patienceMilliseconds` is how long the
// kernel may refuse the change before the order fails.
extension Engine {
    /// Takes a client's address away before its lease ends: the VM is gone.
    public mutating func release(
        _ client: MACAddress, now: BootTime,
        patienceMilliseconds: UInt32 = BindingChange.defaultPatienceMilliseconds
    ) -> ReleaseOrder {
        if clients.isBusy(client) { return .changeInFlight }
        guard let (slotIndex, slot) = record(of: client) else { return .nothingHeld }
        switch slot.owner.state {
        case .bound:
            let change = submit(
                .release, slotIndex, heldAs: slot.owner, for: client, deadline: now, holdUntil: now,
                patienceMilliseconds: patienceMilliseconds)
            guard let change else { preconditionFailure("a bound slot is its worker's own") }
            return .commit(change)
        case .offered:
            lapse(slotIndex, slot, to: .expired, now: now)
            return .withdrawn
        case .free, .expired, .declined, .quarantined:
            return .nothingHeld
        }
    }

    /// Makes an address available again whose record was damaged, or that a client declined. Only the worker that owns
    /// the slot can.
    public mutating func free(
        _ address: IPv4Address, now: BootTime,
        patienceMilliseconds: UInt32 = BindingChange.defaultPatienceMilliseconds
    ) -> FreeOrder {
        guard let slotIndex = table.slotIndex(of: address) else { return .outsidePool }
        guard let slot = table.read(slotIndex), !slot.owner.isPending else { return .changeInFlight }
        let client = slot.owner.client
        switch slot.owner.state {
        case .free, .expired: return .available
        case .bound, .offered: return .held(by: client)
        case .declined, .quarantined:
            guard slot.owner.worker == worker, !clients.isBusy(client),
                let change = submit(
                    .release, slotIndex, heldAs: slot.owner, for: client, deadline: now, holdUntil: now,
                    patienceMilliseconds: patienceMilliseconds)
            else { return .changeInFlight }
            // A declined address no longer counts against its client.
            clients.detach(slotIndex)
            return .commit(change)
        }
    }

    /// Leases an address to a client before it asks: the VM is being created.
    /// - Parameter address: nil for the address that the client's DISCOVER would get.
    public mutating func lease(
        to client: MACAddress, _ address: IPv4Address?, now: BootTime,
        patienceMilliseconds: UInt32 = BindingChange.defaultPatienceMilliseconds
    ) -> LeaseOrder {
        if let address, table.slotIndex(of: address) == nil { return .outsidePool }
        if clients.isBusy(client) { return .changeInFlight }
        if let (slotIndex, slot) = record(of: client) {
            if slot.owner.state == .bound {
                let held = table.address(of: slotIndex)
                guard address == nil || address == held else { return .hasOther(held) }
                return .held(slotIndex: slotIndex)
            }
            let isWanted = address.map { $0 == table.address(of: slotIndex) } ?? !shouldLeave(slotIndex, client)
            let isUsable = slot.owner.state == .offered || slot.owner.state.isAvailable
            if isWanted && isUsable && !isReserved(slotIndex, forOtherThan: client) {
                return grant(slotIndex, heldAs: slot.owner, to: client, now: now, patienceMilliseconds)
            }
        }
        guard let address else {
            guard let slotIndex = allocate(for: client, preferring: nil, now: now) else { return .exhausted }
            return grant(slotIndex, heldAs: offer(to: client), to: client, now: now, patienceMilliseconds)
        }
        guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex), slot.owner.isAvailable,
            claim(slotIndex, heldAs: slot.owner, for: client, now: now)
        else { return .taken }
        return grant(slotIndex, heldAs: offer(to: client), to: client, now: now, patienceMilliseconds)
    }

    private func offer(to client: MACAddress) -> SlotOwner {
        SlotOwner(client: client, worker: worker, state: .offered)
    }

    private mutating func grant(
        _ slotIndex: Int, heldAs owner: SlotOwner, to client: MACAddress, now: BootTime, _ patienceMilliseconds: UInt32
    ) -> LeaseOrder {
        let (deadline, holdUntil) = leaseEnd(from: now)
        let change = submit(
            .bind, slotIndex, heldAs: owner, for: client, deadline: deadline, holdUntil: holdUntil,
            patienceMilliseconds: patienceMilliseconds)
        guard let change else { return .changeInFlight }
        clients.assign(slotIndex, to: client)
        return .commit(change)
    }

    /// Takes over the slots that the table already holds for this worker when it starts.
    mutating func adoptRestored() {
        var slots = (0..<table.count).compactMap { slotIndex in ownSlot(slotIndex).map { (slotIndex, $0) } }
        slots.sort { $0.1.deadline < $1.1.deadline }
        // The index keeps only the last address assigned to a client, so present leases come after former addresses.
        for (slotIndex, slot) in slots where slot.owner.state == .declined {
            clients.assign(slotIndex, to: slot.owner.client)
            clients.decline(slotIndex)
            deadlines.append(slotIndex, to: .declined)
        }
        for (slotIndex, slot) in slots where slot.owner.state == .expired {
            clients.assign(slotIndex, to: slot.owner.client)
        }
        for (slotIndex, slot) in slots where slot.owner.state == .bound {
            clients.assign(slotIndex, to: slot.owner.client)
            deadlines.append(slotIndex, to: wheel.list(endingAt: slot.deadline))
        }
        for (slotIndex, slot) in slots where slot.owner.state == .quarantined {
            deadlines.append(slotIndex, to: wheel.list(endingAt: slot.deadline))
        }
    }
}
