import Addresses
public import LinuxSystem

/// The words of one slot, read or written together.
public struct LeaseSlot: Equatable, Sendable {
    /// Who holds the address now, or will when the pending change is durable.
    public var holder: Holder
    /// When the present state ends: of an offer, a lease or a declined address. Of an expired one: when it ended.
    public var deadline: BootTime
    /// The latest change given to the committer, in the numbering of the holder's worker; 0 before the first.
    public var changeSequence: UInt64
    /// The binding that the disk holds; a failed change goes back to it.
    public var durable: DurableBinding

    @inline(__always)
    public init(holder: Holder, deadline: BootTime, changeSequence: UInt64, durable: DurableBinding) {
        self.holder = holder
        self.deadline = deadline
        self.changeSequence = changeSequence
        self.durable = durable
    }
}

/// What a restart would find for an address.
public struct DurableBinding: Equatable, Sendable {
    /// Pending when the end of a binding failed on the disk, which may hold that end all the same: then no renewal relies
    /// on the binding.
    public var holder: Holder
    /// When the state ends, as the client was told.
    public var deadline: BootTime
    /// Until when a restart keeps the address for this client; renewals that end before it need no write.
    public var holdUntil: BootTime

    @inline(__always)
    public init(holder: Holder, deadline: BootTime, holdUntil: BootTime) {
        self.holder = holder
        self.deadline = deadline
        self.holdUntil = holdUntil
    }

    /// Notes that the end of the binding, if there is one, failed.
    mutating func noteDoubt() {
        guard holder.state == .bound else { return }
        holder = Holder(client: holder.client, worker: holder.worker, state: holder.state, isPending: true)
    }

    public static var none: Self {
        let start = BootTime(milliseconds: 0)
        return Self(holder: Holder(rawValue: 0), deadline: start, holdUntil: start)
    }
}
