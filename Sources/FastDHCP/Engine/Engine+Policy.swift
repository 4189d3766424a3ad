import Addresses

// Policy changes and reservations.
extension Engine {
    /// How many addresses of a former policy are looked at in one call: some 20 µs.
    static let returnsPerCall = 256

    @inline(__always)
    var policyGeneration: UInt32 { configuration.policy.generation }

    /// Uses another policy from the next request on. Existing bindings do not change. Afterwards, call `returnAddresses`
    /// until `hasAddressesToReturn` is false.
    public mutating func adopt(_ policy: ClientPolicy) {
        formerReservations.append(configuration.policy.reservedAddresses.makeIterator())
        configuration.policy = policy
    }

    /// Whether there are addresses that a former policy reserved and that may be missing in the queue.
    @inline(__always)
    public var hasAddressesToReturn: Bool { !formerReservations.isEmpty }

    /// Addresses that were skipped because they were reserved are no longer in the queue: puts them back, at most
    /// `returnsPerCall` of them, so that requests need not wait for all.
    public mutating func returnAddresses() {
        guard hasAddressesToReturn else { return }
        for _ in 0..<Self.returnsPerCall {
            guard let address = formerReservations[0].next() else {
                formerReservations.removeFirst()
                return
            }
            guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex),
                slot.owner.isAvailable
            else { continue }
            table.makeAvailable(slotIndex, since: slot.deadline)
        }
    }

    /// Whether an address is reserved for another client.
    @inline(__always)
    func isReserved(_ slotIndex: Int, forOtherThan client: MACAddress) -> Bool {
        configuration.policy.isReserved(table.address(of: slotIndex), forOtherThan: client)
    }

    /// The address that is reserved for a client, if it is available.
    @inline(__always)
    func reservedSlot(for client: MACAddress) -> (slotIndex: Int, owner: SlotOwner)? {
        guard let address = configuration.policy.reservedAddress(for: client) else { return nil }
        guard let slotIndex = table.slotIndex(of: address), let slot = table.read(slotIndex),
            slot.owner.isAvailable
        else { return nil }
        return (slotIndex, slot.owner)
    }

    /// Whether a client without a lease should get another address than this one: this one is reserved for another
    /// client, or the client's own reservation is available.
    @inline(__always)
    func shouldLeave(_ slotIndex: Int, _ client: MACAddress) -> Bool {
        if isReserved(slotIndex, forOtherThan: client) { return true }
        guard let reserved = reservedSlot(for: client) else { return false }
        return reserved.slotIndex != slotIndex
    }
}
