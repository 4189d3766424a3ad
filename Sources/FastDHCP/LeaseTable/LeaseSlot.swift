import Addresses
public import LinuxSystem

/// The words of one slot, which are read or written together.
public struct LeaseSlot: Equatable, Sendable {
    /// Who holds the address now, or who will hold it when the pending change is durable.
    public var owner: SlotOwner
    /// When the present state (offer, lease or declined) ends. For an expired slot: when the lease or offer ended.
    public var deadline: BootTime
    /// The number of the latest change given to the committer, counted by the owner's worker; 0 before the first.
    public var changeSequence: UInt64
    /// The binding that is on the disk. A change that fails goes back to it.
    public var durable: DurableBinding

    @inline(__always)
    public init(owner: SlotOwner, deadline: BootTime, changeSequence: UInt64, durable: DurableBinding) {
        self.owner = owner
        self.deadline = deadline
        self.changeSequence = changeSequence
        self.durable = durable
    }

    func isDeclined(by client: MACAddress) -> Bool { owner.state == .declined && owner.client == client }
}

/// The binding of an address that a restart would find.
public struct DurableBinding: Equatable, Sendable {
    /// Pending when a change that ends the binding failed on the disk. That change may still have been written, so no
    /// renewal relies on the binding.
    public var owner: SlotOwner
    /// When the state ends, as the client was told.
    public var deadline: BootTime
    /// Until when a restart keeps the address for this client. A renewal that ends no later needs no write.
    public var holdUntil: BootTime

    @inline(__always)
    public init(owner: SlotOwner, deadline: BootTime, holdUntil: BootTime) {
        self.owner = owner
        self.deadline = deadline
        self.holdUntil = holdUntil
    }

    /// Records that a change that ends the binding, if there is a binding, failed.
    mutating func markDoubtful() {
        guard owner.state == .bound else { return }
        owner = SlotOwner(client: owner.client, worker: owner.worker, state: owner.state, isPending: true)
    }

    public static var none: Self {
        let start = BootTime(milliseconds: 0)
        return Self(owner: SlotOwner(rawValue: 0), deadline: start, holdUntil: start)
    }
}
