public import LinuxSystem

/// Which one-second bucket of the wheel of leases comes next.
struct WheelPosition {
    private(set) var second: UInt64

    init(startingAt now: BootTime) { second = now.milliseconds / 1000 }

    /// Where a lease hangs that ends at `deadline`. One that is over already, because its expiry failed or nobody
    /// served when it ended, hangs in the bucket that comes next.
    func list(endingAt deadline: BootTime) -> DeadlineLists.List {
        .lease(endingAt: max(deadline, BootTime(milliseconds: second * 1000)))
    }

    var bucket: Int { Int(truncatingIfNeeded: second) & (DeadlineLists.bucketCount - 1) }

    /// Whether the bucket's second is over.
    func isDue(at now: BootTime) -> Bool { second < now.milliseconds / 1000 }

    /// Goes on to the next bucket. After a jump of the clock (the machine slept) it skips whole turns, never a bucket.
    mutating func advance(towards now: BootTime) {
        let lag = now.milliseconds / 1000 - second
        let turn = UInt64(DeadlineLists.bucketCount)
        if lag > turn { second = now.milliseconds / 1000 - turn }
        second += 1
    }
}

extension Engine {
    /// Ends what is over: offers and declined addresses at once, leases through the committer. Call it about once a
    /// second.
    ///
    /// - Parameters:
    ///   - commitRoom: how many changes the committer can take now; what does not fit is ended by the next call.
    ///   - commit: takes one change.
    /// - Returns: whether all that was due is done.
    public mutating func expire(now: BootTime, commitRoom: Int, commit: (BindingChange) -> Void) -> Bool {
        endLapsed(.offered, now: now)
        endLapsed(.declined, now: now)
        var room = commitRoom
        while wheel.isDue(at: now) {
            guard endLeases(inBucket: wheel.bucket, now: now, room: &room, commit: commit) else { return false }
            wheel.advance(towards: now)
        }
        return true
    }

    /// Offers and declined addresses stand in order of their deadline.
    private mutating func endLapsed(_ list: DeadlineLists.List, now: BootTime) {
        while let slotIndex = deadlines.first(list) {
            guard let slot = ownSlot(slotIndex) else {
                forget(slotIndex)
                continue
            }
            guard slot.deadline <= now else { return }
            let isDecline = slot.owner.state == .declined
            lapse(slotIndex, slot, to: isDecline ? .free : .expired, now: now)
            if isDecline { clients.detach(slotIndex) }
        }
    }

    private mutating func endLeases(
        inBucket bucket: Int, now: BootTime, room: inout Int, commit: (BindingChange) -> Void
    ) -> Bool {
        var next = deadlines.first(.lease(bucket: bucket))
        while let slotIndex = next {
            next = deadlines.slot(after: slotIndex)
            guard let slot = ownSlot(slotIndex), slot.deadline <= now else { continue }
            guard room > 0 else { return false }
            let change = submit(
                .expire, slotIndex, heldAs: slot.owner, for: slot.owner.client, deadline: now, holdUntil: now)
            guard let change else { continue }
            room -= 1
            commit(change)
        }
        return true
    }
}
