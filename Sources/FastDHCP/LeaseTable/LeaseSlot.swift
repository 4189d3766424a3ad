import Addresses
public import LinuxSystem

/// The words of one slot, read or written together.
public struct LeaseSlot: Equatable, Sendable {
    /// Who holds the address now, or will when the pending change is durable.
    public var owner: SlotOwner
    /// When the present state ends: of an offer, a lease or a declined address. Of an expired one: when it ended.
    public var deadline: BootTime
    /// The latest change given to the committer, in the numbering of the owner's worker; 0 before the first.
    public var changeSequence: UInt64
    /// The binding that the disk holds; a failed change goes back to it.
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

/// What a restart would find for an address.
public struct DurableBinding: Equatable, Sendable {
    /// Pending when the end of a binding failed on the disk, which may hold that end all the same: then no renewal relies
    /// on the binding.
    public var owner: SlotOwner
    /// When the state ends, as the client was told.
    public var deadline: BootTime
    /// Until when a restart keeps the address for this client; renewals that end before it need no write.
    public var holdUntil: BootTime

    @inline(__always)
    public init(owner: SlotOwner, deadline: BootTime, holdUntil: BootTime) {
        self.owner = owner
        self.deadline = deadline
        self.holdUntil = holdUntil
    }

    /// Notes that the end of the binding, if there is one, failed.
    mutating func markDoubtful() {
        guard owner.state == .bound else { return }
        owner = SlotOwner(client: owner.client, worker: owner.worker, state: owner.state, isPending: true)
    }

    public static var none: Self {
        let start = BootTime(milliseconds: 0)
        return Self(owner: SlotOwner(rawValue: 0), deadline: start, holdUntil: start)
    }
}
