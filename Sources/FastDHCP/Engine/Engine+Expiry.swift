public import LinuxSystem

/// The position in the wheel of leases: which one-second bucket comes next.
struct WheelPosition {
    private(set) var second: UInt64

    init(startingAt now: BootTime) { second = now.milliseconds / 1000 }

    /// The bucket of a lease that ends at `deadline`. A lease that is already over goes into the bucket that comes
    /// next. That happens when its expiry failed, or when no worker was running when it ended.
    func list(endingAt deadline: BootTime) -> DeadlineLists.List {
        .lease(endingAt: max(deadline, BootTime(milliseconds: second * 1000)))
    }

    var bucket: Int { Int(truncatingIfNeeded: second) & (DeadlineLists.bucketCount - 1) }

    /// Whether the bucket's second is over.
    func isDue(at now: BootTime) -> Bool { second < now.milliseconds / 1000 }

    /// Moves on to the next bucket. After the clock jumped by more than a turn of the wheel (the machine slept), it
    /// skips ahead so far that it still visits every bucket.
    mutating func advance(towards now: BootTime) {
        let lag = now.milliseconds / 1000 - second
        let turn = UInt64(DeadlineLists.bucketCount)
        if lag > turn { second = now.milliseconds / 1000 - turn }
        second += 1
    }
}

extension Engine {
    /// Ends the states whose time is over: offers and declined addresses at once, leases through the committer. Call it
    /// about once a second.
    ///
    /// - Parameters:
    ///   - commitRoom: how many changes the committer can take now. The next call ends the leases that do not fit.
    ///   - commit: takes one change.
    /// - Returns: whether everything that was due is done.
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

    /// Ends the offers or declined addresses that are over.
    ///
    /// The lists are in order of deadlines, with one exception: after a failed change, `settle` appends a slot whose
    /// deadline is earlier than that of the slots ahead of it. It ends only after them.
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
