import Addresses
import LinuxSystem

/// The state of the search through other workers' addresses: where it continues, and when it may run again.
struct StealScan {
    var cursor = 0
    var notBefore = BootTime(milliseconds: 0)
    static let pauseMilliseconds: UInt64 = 100
}

extension Engine {
    /// Finds an address for a client that has none, and holds it for the client as an offer. Nil when the pool has no
    /// address left.
    mutating func allocate(for client: MACAddress, preferring requested: IPv4Address?, now: BootTime) -> Int? {
        if let (slotIndex, owner) = reservedSlot(for: client), claim(slotIndex, heldAs: owner, for: client, now: now) {
            return slotIndex
        }
        if let requested, let slotIndex = table.slotIndex(of: requested), let slot = table.read(slotIndex),
            slot.owner.isAvailable, claim(slotIndex, heldAs: slot.owner, for: client, now: now)
        {
            return slotIndex
        }
        while let (slotIndex, owner) = table.takeAvailable() {
            if claim(slotIndex, heldAs: owner, for: client, now: now) { return slotIndex }
        }
        return reclaim(.declined, for: client, now: now)
            ?? reclaim(.offered, for: client, now: now)
            ?? stealFromOthers(for: client, now: now)
            ?? reclaim(.declined, for: client, includingOwn: true, now: now)
    }

    /// Takes an address for a client, as an offer. False when another worker was faster, or when the address is
    /// reserved for another client.
    mutating func claim(_ slotIndex: Int, heldAs owner: SlotOwner, for client: MACAddress, now: BootTime) -> Bool {
        guard !isReserved(slotIndex, forOtherThan: client) else { return false }
        let isOurs = table.update(slotIndex, ifHeldAs: owner) { slot in
            slot.owner = SlotOwner(client: client, worker: worker, state: .offered)
            slot.deadline = now + configuration.offerMilliseconds
            slot.changeSequence = 0
        }
        guard isOurs else { return false }
        clients.assign(slotIndex, to: client)
        deadlines.append(slotIndex, to: .offered)
        return true
    }

    /// How many slots `reclaim` looks at: a dry pool must not make each DISCOVER as long as its lists.
    static let reclaimLimit = 64

    /// Takes back the oldest declined address, or the oldest offer if it is old enough, because the pool is dry. Looks at
    /// the oldest few only: the client cannot have those that it declined itself or that are reserved for others.
    /// - Parameter includingOwn: whether the client may get an address again that it has declined.
    private mutating func reclaim(
        _ list: DeadlineLists.List, for client: MACAddress, includingOwn: Bool = false, now: BootTime
    ) -> Int? {
        var next = deadlines.first(list)
        for _ in 0..<Self.reclaimLimit {
            guard let slotIndex = next else { return nil }
            next = deadlines.slot(after: slotIndex)
            guard let slot = ownSlot(slotIndex) else {
                forget(slotIndex)
                continue
            }
            guard isReclaimable(slot, now: now) else { return nil }
            if !includingOwn && slot.isDeclined(by: client) { continue }
            if isReserved(slotIndex, forOtherThan: client) { continue }
            if claim(slotIndex, heldAs: slot.owner, for: client, now: now) { return slotIndex }
            forget(slotIndex)
        }
        return nil
    }

    private func isReclaimable(_ slot: LeaseSlot, now: BootTime) -> Bool {
        guard !slot.owner.isPending else { return false }
        switch slot.owner.state {
        case .declined: return true
        case .offered:
            let heldMilliseconds = configuration.offerMilliseconds - configuration.reclaimableOfferMilliseconds
            return slot.deadline <= now + heldMilliseconds
        case .free, .expired: return true
        case .bound, .quarantined: return false
        }
    }

    /// The last resort with several workers: looks at every address. The queue can hide addresses behind a worker that
    /// stopped, and other workers hold declined addresses and old offers. A search that found nothing is followed by a
    /// pause of 100 ms.
    private mutating func stealFromOthers(for client: MACAddress, now: BootTime) -> Int? {
        guard workerCount > 1, steal.notBefore <= now else { return nil }
        for _ in 0..<table.count {
            let slotIndex = steal.cursor
            steal.cursor = slotIndex + 1 == table.count ? 0 : slotIndex + 1
            if let slot = table.read(slotIndex), isReclaimable(slot, now: now), !slot.isDeclined(by: client),
                claim(slotIndex, heldAs: slot.owner, for: client, now: now)
            {
                return slotIndex
            }
        }
        steal.notBefore = now + StealScan.pauseMilliseconds
        return nil
    }

    /// A slot in one of this worker's lists, or nil when another worker has taken it in the meantime.
    @inline(always)
    func ownSlot(_ slotIndex: Int) -> LeaseSlot? {
        guard let slot = table.read(slotIndex), slot.owner.worker == worker else { return nil }
        return slot
    }

    /// Another worker took this slot: removes it from this worker's lists and client index.
    mutating func forget(_ slotIndex: Int) {
        deadlines.remove(slotIndex)
        clients.detach(slotIndex)
    }
}
