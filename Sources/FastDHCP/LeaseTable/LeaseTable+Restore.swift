public import Addresses
public import LinuxSystem

/// What is known of an address from before the start.
public struct RestoredLease: Equatable, Sendable {
    /// `.bound`, `.expired`, `.declined` or `.quarantined`.
    public var state: LeaseState
    public var address: IPv4Address
    /// Who has the address, or had it last.
    public var client: MACAddress
    /// Whether the client sits behind a relay.
    public var isRelayed: Bool
    /// When the state ends, as the client was told; for an expired one, when it began.
    public var deadline: BootTime
    /// Until when the address is kept for the client.
    public var holdUntil: BootTime
    /// Up to when renewals may be told without a write.
    public var reliableHold: BootTime

    /// - Parameter reliableHold: the end of the hold, unless given.
    public init(
        _ state: LeaseState = .bound, address: IPv4Address, client: MACAddress, isRelayed: Bool = false,
        deadline: BootTime, holdUntil: BootTime, reliableHold: BootTime? = nil
    ) {
        self.state = state
        self.address = address
        self.client = client
        self.isRelayed = isRelayed
        self.deadline = deadline
        self.holdUntil = holdUntil
        self.reliableHold = reliableHold ?? holdUntil
    }
}

extension LeaseTable {
    /// Puts back what is known from before, while nobody serves yet.
    ///
    /// - Parameter worker: gives the number of the one that a client's messages will come to.
    /// - Returns: how many bindings the table now has; what the pool does not have, or has already, is left out.
    public func restore(_ leases: [RestoredLease], worker: (MACAddress) -> Int) -> Int {
        // The address that ended first is given out first, behind those that nobody had.
        let ended = leases.filter { $0.state == .expired }.sorted { $0.deadline < $1.deadline }
        var boundCount = 0
        for lease in leases where lease.state != .expired {
            let isRestored = restore(lease, until: max(lease.deadline, lease.holdUntil), worker: worker(lease.client))
            if isRestored && lease.state == .bound { boundCount += 1 }
        }
        for lease in ended { _ = restore(lease, until: lease.deadline, worker: worker(lease.client)) }
        requeue()
        return boundCount
    }

    /// - Parameter deadline: of a binding, the end of its hold: renewals up to then were answered without a trace, so the
    ///   client may have been told any end up to then.
    private func restore(_ lease: RestoredLease, until deadline: BootTime, worker: Int) -> Bool {
        guard let slotIndex = slotIndex(of: lease.address), let slot = read(slotIndex), slot.owner.state == .free
        else { return false }
        let owner = SlotOwner(client: lease.client, worker: UInt8(worker), state: lease.state)
        return update(slotIndex, ifHeldAs: slot.owner) { slot in
            slot.owner = owner
            slot.deadline = deadline
            slot.durable = DurableBinding(
                owner: owner, deadline: deadline, holdUntil: max(lease.deadline, lease.reliableHold))
        }
    }

    /// Puts the available addresses in order: the never-used ones first, then those that ended, the oldest first.
    private func requeue() {
        while takeAvailable() != nil {}
        let slots = (0..<count).compactMap { slotIndex in
            read(slotIndex).flatMap { $0.owner.isAvailable ? (slotIndex, $0) : nil }
        }
        let ended = slots.filter { $0.1.owner.state == .expired }.sorted { $0.1.deadline < $1.1.deadline }
        for (slotIndex, slot) in slots where slot.owner.state == .free {
            makeAvailable(slotIndex, since: slot.deadline)
        }
        for (slotIndex, slot) in ended { makeAvailable(slotIndex, since: slot.deadline) }
    }
}
