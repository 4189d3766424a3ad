import Addresses
import LinuxSystem

// DHCPREQUEST, RFC 2131 section 4.3.2. The fields that the client filled in show which of the four states it is in.
extension Engine {
    @inline(__always)
    mutating func decideRequest(_ request: borrowing MessageView, now: BootTime, reply: inout Reply) -> Decision {
        let ciaddr = request.ciaddr
        // Some clients send 0.0.0.0 as the server identifier. It names no server.
        if let server = request.serverIdentifier, server != .unspecified {
            return decideSelecting(request, server: server, now: now, reply: &reply)
        }
        if ciaddr != .unspecified {
            return decideRenewing(request, ciaddr: ciaddr, now: now, reply: &reply)
        }
        guard let requested = request.requestedIPAddress else { return .silence(.missingAddress) }
        return decideInitReboot(request, requested: requested, now: now, reply: &reply)
    }

    /// SELECTING: the client accepts an offer, ours or another server's.
    private mutating func decideSelecting(
        _ request: borrowing MessageView, server: IPv4Address, now: BootTime, reply: inout Reply
    ) -> Decision {
        let client = request.chaddr
        let record = record(of: client)
        guard server == configuration.serverAddress else {
            // The client chose another server: the address that we offered is free for another client.
            if let record, record.slot.owner.state == .offered {
                lapse(record.slotIndex, record.slot, to: .expired, now: now)
            }
            return .silence(.otherServer)
        }
        guard let requested = request.requestedIPAddress else { return .silence(.missingAddress) }
        guard let slotIndex = table.slotIndex(of: requested) else { return refuse(request, reply: &reply) }
        if let record, record.slotIndex == slotIndex {
            return bind(slotIndex, answering: request, now: now, reply: &reply)
        }
        return move(to: slotIndex, answering: request, now: now, reply: &reply)
    }

    /// The client asks for an address that we do not hold for it: our offer was lost in a restart, or we offered
    /// another address. If the address is available, the client gets it and its former address is freed.
    private mutating func move(
        to slotIndex: Int, answering request: borrowing MessageView, now: BootTime, reply: inout Reply
    ) -> Decision {
        guard let slot = table.read(slotIndex) else { return .silence(.changeInFlight) }
        if isReserved(slotIndex, forOtherThan: request.chaddr) { return refuse(request, reply: &reply) }
        guard slot.owner.isAvailable else {
            if recall(table.address(of: slotIndex), of: request.chaddr) != nil {
                return bind(slotIndex, answering: request, now: now, reply: &reply)
            }
            if slot.owner.state == .quarantined {
                return resume(slotIndex, slot, answering: request, now: now, reply: &reply)
            }
            let isLeaving = slot.owner.isPending && slot.owner.state.isAvailable
            return isLeaving ? .silence(.changeInFlight) : refuse(request, reply: &reply)
        }
        let former = record(of: request.chaddr)
        guard claim(slotIndex, heldAs: slot.owner, for: request.chaddr, now: now) else {
            return .silence(.changeInFlight)
        }
        let freed = former.flatMap { free($0.slotIndex, $0.slot, now: now) }
        let decision = bind(slotIndex, answering: request, now: now, reply: &reply)
        guard case .commit(let change, _) = decision else {
            // Another worker took the address back. The former address is freed nevertheless.
            return freed.map { .commit($0) } ?? decision
        }
        return .commit(change, freeing: freed)
    }

    /// The client asks for an address whose record was damaged. It gets the address back if the lease file names it and
    /// it has no other lease. Nobody else gets an answer: the damaged record may have been another client's.
    private mutating func resume(
        _ slotIndex: Int, _ slot: LeaseSlot, answering request: borrowing MessageView, now: BootTime,
        reply: inout Reply
    ) -> Decision {
        let client = request.chaddr
        guard slot.owner.client == client, slot.owner.worker == worker, !slot.owner.isPending else {
            return .silence(.quarantined)
        }
        if let former = record(of: client) {
            if former.slot.owner.state == .bound { return .silence(.quarantined) }
            if former.slot.owner.state == .offered {
                lapse(former.slotIndex, former.slot, to: .expired, now: now)
            }
        }
        clients.assign(slotIndex, to: client)
        return bind(slotIndex, answering: request, now: now, reply: &reply)
    }

    /// The slot of an address whose record was damaged; nil for any other address.
    private func quarantinedSlot(of address: IPv4Address) -> (slotIndex: Int, slot: LeaseSlot)? {
        guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex),
            slot.owner.state == .quarantined
        else { return nil }
        return (slotIndex, slot)
    }

    /// INIT-REBOOT: the client remembers an address from before it restarted.
    private mutating func decideInitReboot(
        _ request: borrowing MessageView, requested: IPv4Address, now: BootTime, reply: inout Reply
    ) -> Decision {
        if let slotIndex = binding(of: request.chaddr, recalling: requested) {
            return keep(requested, at: slotIndex, answering: request, now: now, reply: &reply)
        }
        if let (slotIndex, slot) = quarantinedSlot(of: requested) {
            return resume(slotIndex, slot, answering: request, now: now, reply: &reply)
        }
        return isTaken(requested) ? refuse(request, reply: &reply) : .silence(.unknownClient)
    }

    /// RENEWING (unicast) and REBINDING (broadcast): the client uses ciaddr and wants to keep it.
    private mutating func decideRenewing(
        _ request: borrowing MessageView, ciaddr: IPv4Address, now: BootTime, reply: inout Reply
    ) -> Decision {
        if let slotIndex = binding(of: request.chaddr, recalling: ciaddr) {
            return keep(ciaddr, at: slotIndex, answering: request, now: now, reply: &reply)
        }
        guard let slotIndex = table.slotIndex(of: ciaddr) else { return refuse(request, reply: &reply) }
        return move(to: slotIndex, answering: request, now: now, reply: &reply)
    }

    /// The client wants to keep an address. It may if that is its present one, at `slotIndex`, or if it has a lease of
    /// it too.
    private mutating func keep(
        _ address: IPv4Address, at slotIndex: Int, answering request: borrowing MessageView, now: BootTime,
        reply: inout Reply
    ) -> Decision {
        if table.address(of: slotIndex) == address {
            return bind(slotIndex, answering: request, now: now, reply: &reply)
        }
        if let (slotIndex, slot) = quarantinedSlot(of: address) {
            return resume(slotIndex, slot, answering: request, now: now, reply: &reply)
        }
        guard let (slotIndex, _) = recall(address, of: request.chaddr) else { return refuse(request, reply: &reply) }
        return bind(slotIndex, answering: request, now: now, reply: &reply)
    }

    /// The client's slot, by which its claim to `address` is judged. Nil if there is none, or if its lease is over
    /// and it is another address.
    private func binding(of client: MACAddress, recalling address: IPv4Address) -> Int? {
        guard let (slotIndex, slot) = record(of: client) else { return nil }
        guard slot.owner.state != .expired || table.address(of: slotIndex) == address else { return nil }
        return slotIndex
    }

    /// Whether an unknown client cannot have this address: it is outside our subnet, it is the server's, network or
    /// broadcast address, or another client has it.
    private func isTaken(_ address: IPv4Address) -> Bool {
        let subnet = configuration.subnet
        guard subnet.contains(address), address != configuration.serverAddress, address != subnet.address,
            address != subnet.broadcastAddress
        else { return true }
        guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex) else { return false }
        // A removal in flight may still fail, so no NAK.
        return !slot.owner.state.isAvailable
    }
}
