import Addresses

// What the operator decides for single clients.
extension Engine {
    @inline(__always)
    var policyGeneration: UInt32 { configuration.policy.generation }

    /// Goes by another policy from the next request on. Bindings stay what they are.
    public mutating func adopt(_ policy: ClientPolicy) {
        let former = configuration.policy
        configuration.policy = policy
        // Those that were passed over because they were kept for somebody stand in no queue.
        for address in former.reservedAddresses {
            guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex),
                slot.owner.isAvailable
            else { continue }
            table.makeAvailable(slotIndex, since: slot.deadline)
        }
    }

    /// Whether an address is kept for another client.
    @inline(__always)
    func isReserved(_ slotIndex: Int, forOtherThan client: MACAddress) -> Bool {
        configuration.policy.isReserved(table.address(of: slotIndex), forOtherThan: client)
    }

    /// The address that is kept for a client, as long as nobody has it.
    @inline(__always)
    func reservedSlot(for client: MACAddress) -> (slotIndex: Int, owner: SlotOwner)? {
        guard let address = configuration.policy.reservedAddress(for: client) else { return nil }
        guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex),
            slot.owner.isAvailable
        else { return nil }
        return (slotIndex, slot.owner)
    }

    /// Whether a client without a lease is better off with another address than with this one.
    @inline(__always)
    func shouldLeave(_ slotIndex: Int, _ client: MACAddress) -> Bool {
        if isReserved(slotIndex, forOtherThan: client) { return true }
        guard let reserved = reservedSlot(for: client) else { return false }
        return reserved.slotIndex != slotIndex
    }
}
