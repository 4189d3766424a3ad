import Addresses
import LinuxSystem

// DHCPDISCOVER, RFC 2131 section 4.3.1.
extension Engine {
    @inline(__always)
    mutating func decideDiscover(_ request: borrowing MessageView, now: BootTime, reply: inout Reply) -> Decision {
        let client = request.chaddr
        guard let slotIndex = holdAddress(for: client, preferring: request.requestedIPAddress, now: now) else {
            return .silence(.poolExhausted)
        }
        prepare(&reply, .offer, answering: request)
        // With the IPv6-only preferred option in the reply, the client is to have the choice (RFC 8925 section 3.3).
        if configuration.allowsRapidCommit, request.hasRapidCommit, !reply.parameters.contains(.ipv6OnlyPreferred) {
            return bind(slotIndex, answering: request, now: now, reply: &reply)
        }
        reply.yiaddr = table.address(of: slotIndex)
        setLease(&reply)
        return .reply
    }

    /// Finds the address to offer and holds it for the client. The order is that of RFC 2131 section 4.3.1: the
    /// client's present address, its previous one, the one it asks for, any.
    @inline(__always)
    private mutating func holdAddress(
        for client: MACAddress, preferring requested: IPv4Address?, now: BootTime
    ) -> Int? {
        if let (slotIndex, slot) = record(of: client), holdAgain(slotIndex, slot, now: now) { return slotIndex }
        return allocate(for: client, preferring: requested, now: now)
    }

    /// Holds an address that the client has or had. False when another worker was faster, or when the client should not
    /// get this address again.
    @inline(__always)
    private mutating func holdAgain(_ slotIndex: Int, _ slot: LeaseSlot, now: BootTime) -> Bool {
        let owner = slot.owner
        switch owner.state {
        case .bound: return true
        case .declined, .quarantined: return false
        case .offered, .expired, .free:
            if shouldLeave(slotIndex, owner.client) { return false }
            let offered = SlotOwner(client: owner.client, worker: worker, state: .offered)
            let isOurs = table.update(slotIndex, ifHeldAs: owner) { slot in
                slot.owner = offered
                slot.deadline = now + configuration.offerMilliseconds
            }
            if isOurs { deadlines.append(slotIndex, to: .offered) }
            return isOurs
        }
    }
}
