import Addresses
import LinuxSystem

extension Engine {
    /// Grants an address that the client holds. The reply leaves at once if the disk already holds the address for the
    /// client for long enough; otherwise the change goes through the committer.
    mutating func bind(
        _ slotIndex: Int, answering request: borrowing MessageView, now: BootTime, reply: inout Reply
    ) -> Decision {
        // Another worker may have taken back an offer that was older than this worker thought.
        guard let slot = ownSlot(slotIndex), slot.owner.client == request.chaddr else {
            return .silence(.changeInFlight)
        }
        // A lease stands even if its address is now reserved for another client, also a lease whose record was damaged.
        // An offer gives way to a reservation that was made after it.
        let isLease = slot.owner.state == .bound || slot.owner.state == .quarantined
        if !isLease && isReserved(slotIndex, forOtherThan: request.chaddr) {
            return refuse(request, reply: &reply)
        }
        let (deadline, holdUntil) = leaseEnd(from: now)

        prepareAck(&reply, slotIndex, answering: request)
        if let name = request.hostName, let hostNames = configuration.hostNames {
            hostNames.set(name, of: request.chaddr, at: slotIndex)
        }
        if isPromised(slot, until: deadline) {
            let isOurs = table.update(slotIndex, ifHeldAs: slot.owner) { slot in
                slot.deadline = deadline
                // If a later change fails, the slot goes back to `durable`. It must not go back to a time before the
                // one that the client gets now.
                slot.durable.deadline = deadline
            }
            guard isOurs else { return .silence(.changeInFlight) }
            deadlines.append(slotIndex, to: .lease(endingAt: deadline))
            return .reply
        }
        let change = submit(
            .bind, slotIndex, heldAs: slot.owner, for: request.chaddr, deadline: deadline, holdUntil: holdUntil,
            hasReply: true, isRelayed: request.giaddr != .unspecified || isRouted(request))
        return change.map { .commit($0) } ?? .silence(.changeInFlight)
    }

    /// When a lease that begins now ends, and until when its address is held for the client.
    @inline(__always)
    func leaseEnd(from now: BootTime) -> (deadline: BootTime, holdUntil: BootTime) {
        guard configuration.leaseSeconds != .max else { return (.never, .never) }
        let milliseconds = UInt64(configuration.leaseSeconds) * 1000
        let deadline = now + milliseconds
        return (deadline, deadline + milliseconds / 4)
    }

    /// Whether the address is bound to its owner on disk, and a restart would hold it for the owner until `deadline`.
    @inline(__always)
    private func isPromised(_ slot: LeaseSlot, until deadline: BootTime) -> Bool {
        slot.owner.state == .bound && slot.durable.owner == slot.owner
            && deadline <= slot.durable.holdUntil
    }

    /// Frees an address whose client moves to another one. A bound address needs a durable change, which is returned;
    /// an offer ends at once.
    mutating func free(_ slotIndex: Int, _ slot: LeaseSlot, now: BootTime) -> BindingChange? {
        switch slot.owner.state {
        case .bound:
            return submit(
                .release, slotIndex, heldAs: slot.owner, for: slot.owner.client, deadline: now, holdUntil: now)
        case .offered:
            lapse(slotIndex, slot, to: .expired, now: now)
            return nil
        case .free, .expired, .declined, .quarantined:
            return nil
        }
    }

    /// Makes an address available when its present state can end without a write: an offer, or a declined address whose
    /// time is over.
    mutating func lapse(_ slotIndex: Int, _ slot: LeaseSlot, to state: LeaseState, now: BootTime) {
        deadlines.remove(slotIndex)
        let client = state == .free ? MACAddress.zero : slot.owner.client
        let isOurs = table.update(slotIndex, ifHeldAs: slot.owner) { slot in
            slot.owner = SlotOwner(client: client, worker: worker, state: state)
            slot.deadline = now
            if state == .free { slot.durable = .none }
        }
        guard isOurs else { return }
        table.makeAvailable(slotIndex, since: now)
    }
}
