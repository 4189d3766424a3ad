/// How many addresses of a pool are in each state. Each address is counted once.
public struct PoolCounts: Equatable, Sendable {
    /// Indexed by `LeaseState.rawValue`, without the addresses that `reserved` counts.
    private var states = [Int](repeating: 0, count: LeaseState.allCases.count)
    /// Free or expired addresses that are reserved for clients.
    public private(set) var reserved = 0
    /// The addresses that a new client without a reservation can get now: free and expired ones, except those whose
    /// removal is still on its way to the disk.
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
    /// Counts the addresses. O(pool size). The slots are read one after the other, not at one instant.
    public func counts(under policy: ClientPolicy) -> PoolCounts {
        var counts = PoolCounts()
        for slotIndex in 0..<count {
            guard let slot = read(slotIndex) else { continue }
            counts.add(slot.owner, isReserved: policy.isReserved(address(of: slotIndex)))
        }
        return counts
    }
}
