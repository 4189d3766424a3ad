public import Addresses

/// A binding that was kept from before the start.
public struct RestoredLease: Equatable, Sendable {
    public var address: IPv4Address
    public var client: MACAddress
    /// When it ends, as the client was told.
    public var deadline: BootTime
    /// Until when the address is kept for the client.
    public var holdUntil: BootTime

    public init(address: IPv4Address, client: MACAddress, deadline: BootTime, holdUntil: BootTime) {
        self.address = address
        self.client = client
        self.deadline = deadline
        self.holdUntil = holdUntil
    }
}

extension LeaseTable {
    /// Puts back a binding that was kept from before, while nobody serves yet.
    ///
    /// - Parameter worker: the one that the client's messages will come to.
    /// - Returns: false when the pool does not have the address, or it is bound already; then nothing has changed.
    public func restore(_ lease: RestoredLease, worker: Int) -> Bool {
        guard let slotIndex = slotIndex(of: lease.address), let slot = read(slotIndex), slot.holder.state == .free
        else {
            return false
        }
        let holder = Holder(client: lease.client, worker: UInt8(worker), state: .bound)
        // Renewals up to holdUntil were answered without a trace: the client may have been told any end up to then.
        let deadline = max(lease.deadline, lease.holdUntil)
        return update(slotIndex, ifHeldAs: slot.holder) { slot in
            slot.holder = holder
            slot.deadline = deadline
            slot.durable = DurableBinding(holder: holder, deadline: deadline, holdUntil: deadline)
        }
    }
}
