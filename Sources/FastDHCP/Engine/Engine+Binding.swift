import Addresses
import LinuxSystem

extension Engine {
    /// Grants an address that the client holds: at once when the disk already promises it for long enough, else through
    /// the committer.
    mutating func bind(
        _ slotIndex: Int, answering request: borrowing MessageView, now: BootTime, reply: inout Reply
    ) -> Decision {
        // Another worker may have taken an offer that was older than this worker thought.
        guard let slot = ownSlot(slotIndex), slot.owner.client == request.chaddr else {
            return .silence(.changeInFlight)
        }
        // A lease keeps its promise, an offer gives way to a reservation that came after it.
        if slot.owner.state != .bound && isReserved(slotIndex, forOtherThan: request.chaddr) {
            return refuse(request, reply: &reply)
        }
        let (deadline, holdUntil) = leaseEnd(from: now)

        prepareAck(&reply, slotIndex, answering: request)
        if isPromised(slot, until: deadline) {
            let isOurs = table.update(slotIndex, ifHeldAs: slot.owner) { slot in
                slot.deadline = deadline
                // A later change that fails must not take back what the client is told now.
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

    /// When a lease ends that begins now, and until when its address is kept.
    @inline(__always)
    func leaseEnd(from now: BootTime) -> (deadline: BootTime, holdUntil: BootTime) {
        guard configuration.leaseSeconds != .max else { return (.never, .never) }
        let milliseconds = UInt64(configuration.leaseSeconds) * 1000
        let deadline = now + milliseconds
        return (deadline, deadline + milliseconds / 4)
    }

    /// Whether the address is bound to its owner on disk, and a restart would hold it until then.
    @inline(__always)
    private func isPromised(_ slot: LeaseSlot, until deadline: BootTime) -> Bool {
        slot.owner.state == .bound && slot.durable.owner == slot.owner
            && deadline <= slot.durable.holdUntil
    }

    /// Gives up an address that its client leaves for another: durably if it was bound, at once if it was only offered.
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

    /// Makes an address available whose present state needs no durable end: an offer, or a declined address whose hour
    /// is over.
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
