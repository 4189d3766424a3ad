public import LinuxSystem

extension LeaseTable {
    /// Changes a slot as a whole if `expected` still holds it. Says whether it did.
    ///
    /// False means that another worker holds the address by now: the caller gives this address up and tries another. A
    /// worker that stops inside this function keeps the others from this one address only.
    @inline(__always)
    public func update(_ slotIndex: Int, ifHeldAs expected: SlotOwner, _ change: (inout LeaseSlot) -> Void) -> Bool {
        // The record borrows from this local copy.
        let words = words
        let record = AtomicRecord(words, slotIndex)
        // ORDERING: acquiring; pairs with the releasing store of the owner that ended the previous change.
        guard
            record.compareExchangeAcquiring(
                Word.owner, expected: expected.rawValue, desired: expected.busy.rawValue)
        else { return false }
        var slot = LeaseSlot(record, heldAs: expected)
        change(&slot)
        // ORDERING: releasing; a reader that sees the new version sees the busy owner, or a later one.
        record.storeReleasing(Word.version, record.loadRelaxed(Word.version) &+ 1)
        slot.store(to: record)
        // ORDERING: releasing; makes the payload visible to every thread that sees the new owner.
        record.storeReleasing(Word.owner, slot.owner.rawValue)
        return true
    }

    /// Puts an available slot at the end of the queue for new clients, unless it is in the queue already.
    ///
    /// - Parameter since: the slot's deadline. The queue uses it to recognize an outdated entry.
    @inline(__always)
    public func makeAvailable(_ slotIndex: Int, since: BootTime) {
        // ORDERING: acquiring and releasing; pairs with the exchange in `takeAvailable`. Of two threads, the one that
        // comes second sees what the first wrote to the slot, so an available slot is never left out of the queue.
        guard words.exchangeAcquiringAndReleasing(queuedWord(slotIndex), 1) == 0 else { return }
        queue.append(slotIndex, stamp: UInt32(truncatingIfNeeded: since.milliseconds))
    }

    /// Takes the address that has been available the longest: the never-used ones first, in ascending order, then the
    /// one that expired first. Nil when the queue has none.
    ///
    /// This function finds the slot but does not claim it. The caller claims it with `update` and the returned owner,
    /// and calls this function again if another worker was faster.
    public func takeAvailable() -> (slotIndex: Int, owner: SlotOwner)? {
        while let (slotIndex, stamp) = queue.removeFirst() {
            // ORDERING: acquiring and releasing; pairs with the exchange in `makeAvailable`.
            _ = words.exchangeAcquiringAndReleasing(queuedWord(slotIndex), 0)
            let base = slotIndex * Self.wordsPerSlot
            // ORDERING: acquiring; a claim by `update` compares the owner again.
            let owner = SlotOwner(rawValue: words.loadAcquiring(base + Word.owner))
            guard owner.isAvailable else { continue }
            let since = BootTime(milliseconds: words.loadAcquiring(base + Word.deadline))
            // The slot's client came back and left again since the slot was queued: the slot goes to the end of the
            // queue.
            guard UInt32(truncatingIfNeeded: since.milliseconds) == stamp else {
                makeAvailable(slotIndex, since: since)
                continue
            }
            return (slotIndex, owner)
        }
        return nil
    }

    @inline(__always)
    private func queuedWord(_ slotIndex: Int) -> Int { slotIndex * Self.wordsPerSlot + Word.queued }
}

// ORDERING: payload loads acquire and payload stores release, so a reader that sees one new word sees the new version
// too. On x86-64 and arm64 this costs about as much as relaxed loads and stores.
extension LeaseSlot {
    @inline(always)
    init(_ record: borrowing AtomicRecord, heldAs owner: SlotOwner) {
        // ORDERING: as above.
        self.init(
            owner: owner,
            deadline: BootTime(milliseconds: record.loadAcquiring(LeaseTable.Word.deadline)),
            changeSequence: record.loadAcquiring(LeaseTable.Word.change),
            durable: DurableBinding(
                owner: SlotOwner(rawValue: record.loadAcquiring(LeaseTable.Word.durableOwner)),
                deadline: BootTime(milliseconds: record.loadAcquiring(LeaseTable.Word.durableDeadline)),
                holdUntil: BootTime(milliseconds: record.loadAcquiring(LeaseTable.Word.durableHoldUntil))))
    }

    @inline(always)
    fileprivate func store(to record: borrowing AtomicRecord) {
        // ORDERING: as above.
        record.storeReleasing(LeaseTable.Word.deadline, deadline.milliseconds)
        record.storeReleasing(LeaseTable.Word.change, changeSequence)
        record.storeReleasing(LeaseTable.Word.durableOwner, durable.owner.rawValue)
        record.storeReleasing(LeaseTable.Word.durableDeadline, durable.deadline.milliseconds)
        record.storeReleasing(LeaseTable.Word.durableHoldUntil, durable.holdUntil.milliseconds)
    }
}
