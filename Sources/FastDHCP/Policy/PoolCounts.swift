/// What the addresses of a pool are doing: each counts once.
public struct PoolCounts: Equatable, Sendable {
    /// By `LeaseState.rawValue`, without those that are reserved.
    private var states = [Int](repeating: 0, count: LeaseState.allCases.count)
    /// Free or expired addresses that are kept for clients of reservations.
    public private(set) var reserved = 0
    /// What a new client without a reservation can get now: free and expired addresses, but for those whose removal is
    /// still on its way to the disk.
    public private(set) var available = 0

    public subscript(state: LeaseState) -> Int { states[Int(state.rawValue)] }

    fileprivate mutating func add(_ owner: SlotOwner, isReserved: Bool) {
        guard isReserved && owner.state.isAvailable else {
            states[Int(owner.state.rawValue)] += 1
            if owner.isAvailable { available += 1 }
            return
        }
        reserved += 1
    }
}

extension LeaseTable {
    /// Counts the addresses. O(pool size); each slot is read at its own time.
    public func counts(under policy: ClientPolicy) -> PoolCounts {
        var counts = PoolCounts()
        for slotIndex in 0..<count {
            guard let slot = read(slotIndex) else { continue }
            counts.add(slot.owner, isReserved: policy.isReserved(address(of: slotIndex)))
        }
        return counts
    }
}
