public import Addresses
public import LinuxSystem

/// What is known about an address from before the start.
public struct RestoredLease: Equatable, Sendable {
    /// `.bound`, `.expired`, `.declined` or `.quarantined`.
    public var state: LeaseState
    public var address: IPv4Address
    /// The client that has the address, or had it last.
    public var client: MACAddress
    /// Whether the client is behind a relay.
    public var isRelayed: Bool
    /// When the state ends, as the client was told. For an expired address: when that state began.
    public var deadline: BootTime
    /// Until when the address is held for the client.
    public var holdUntil: BootTime
    /// Renewals that end no later than this need no write.
    public var reliableHold: BootTime

    /// - Parameter reliableHold: `holdUntil` if nil.
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
    /// Restores what is known from before the start. Call it before any worker runs.
    ///
    /// - Parameter worker: returns the number of the worker that will get a client's messages.
    /// - Returns: how many leases were restored. Addresses that the pool does not have, or that are restored already,
    ///   are skipped.
    public func restore(_ leases: [RestoredLease], worker: (MACAddress) -> Int) -> Int {
        // Expired addresses are given out after the never-used ones, the one that ended first coming first.
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

    /// - Parameter deadline: for a lease, the end of its hold. Renewals up to that time were answered without a write,
    ///   so the client may have been told any end up to then.
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

    /// Sorts the available addresses: first the never-used ones, then the expired ones, the one that ended first coming
    /// first.
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
