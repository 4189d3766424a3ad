import Addresses
import FastDHCP
import LinuxSystem

// The committer, and the checks when it has nothing left to do.
extension World {
    func commit() {
        guard var committer = committer.take() else { return }
        var outlet = Outlet(world: self)
        clock.beginBatch()
        let syncCount = journalCounters.syncCount
        committer.commitBatch(at: clock.boot, replies: &outlet)
        if random.chance(50) { committer.tidy() }
        if journalCounters.syncCount > syncCount { clock.recordFollowed() }
        nextRetry = committer.nextRetry
        self.committer = consume committer
        guard !outage.isDown else { return }
        takeCompletions()
    }

    /// The workers learn which changes are decided, and handle the messages that waited for them.
    func takeCompletions() {
        for worker in workers { worker.takeCompletions(now: clock.boot) }
    }

    /// Replaces `leases.json` with the leases in the table that are durable.
    func export() {
        guard var committer = committer.take() else { return }
        if exports.needsSync || random.chance(20) { exports.synchronize() }
        let leases = durableLeases
        let isNoted = committer.record(ExportFingerprint(of: ExportModel.content(leases)))
        self.committer = consume committer
        // A crash may prevent the rename, and a power cut may undo it.
        if isNoted, !outage.isDown { exports.publish(leases, at: clock.reading.wall) }
    }

    private var durableLeases: [ImportedLease] {
        let now = clock.reading
        return conditions.pool.compactMap { address in
            guard let durable = slot(of: address)?.durable, durable.owner.state == .bound else { return nil }
            let remaining = durable.deadline.millisecondsSince(now.boot)
            return ImportedLease(
                address: address, client: durable.owner.client,
                expiry: WallTime(milliseconds: now.wall.milliseconds + remaining))
        }
    }

    private var isAtRest: Bool { nextRetry == .never && workers.allSatisfy(\.isIdle) }

    /// Nothing fails and no client sends until all changes are decided. Then checks what must hold.
    func rest() {
        trace("comes to rest")
        disk.health = .sound
        disk.faultRate = 0
        kernel.refusalRate = 0
        kernel.lostAckRate = 0
        if !kernel.isUp { kernel.setLink(isUp: true) }
        for _ in 0..<200 {
            commitQuietly()
            if outage.isDown { return }
            if isAtRest { break }
            clock.pass(100)
        }
        tally.rests += 1
        guard isAtRest else { return violate("changes are undecided for 20 s though nothing fails") }
        if !waiting.isEmpty { violate("a message waits for a change, and none is in flight") }
        checkRoutes()
        checkPromises()
    }

    private func commitQuietly() {
        let whileSyncing = disk.whileSyncing
        disk.whileSyncing = {}
        commit()
        disk.whileSyncing = whileSyncing
    }

    private func checkRoutes() {
        for address in conditions.pool where !kernel.leftBehind.contains(address) {
            let binding = owner(of: address)
            let route = kernel.routes[address]
            if route != binding {
                violate("\(address) is at rest bound to \(text(binding)) and routed to \(text(route))")
            }
        }
    }

    private func text(_ client: MACAddress?) -> String { client?.description ?? "nobody" }

    private func owner(of address: IPv4Address) -> MACAddress? {
        guard let slot = slot(of: address), slot.owner.state == .bound else { return nil }
        return slot.owner.client
    }

    func slot(of address: IPv4Address) -> LeaseSlot? { table.slotIndex(of: address).flatMap(table.read) }

    /// Checks that every acknowledged lease that has not ended still belongs to its client.
    private func checkPromises() {
        let now = clock.elapsed
        for promise in ledger.promises(at: now) {
            guard let owner = slot(of: promise.address)?.owner else { continue }
            let isHeld = owner.state == .bound && owner.client == promise.client
            if !isHeld && !(mayQuarantine && owner.state == .quarantined) {
                violate("\(promise.address), leased to \(promise.client), is \(owner.state) for \(owner.client)")
            }
        }
    }

    /// The same check after a restart, which reads the ends of leases from the wall clock.
    func checkRecovered() {
        let now = clock.elapsed
        let excess = clock.excess
        for promise in ledger.promises(at: now) {
            guard let slot = slot(of: promise.address) else { continue }
            tally.leasesRecovered += 1
            let isHeld = slot.owner.state == .bound && slot.owner.client == promise.client
            let isSetAside = mayQuarantine && slot.owner.state == .quarantined
            if isHeld || isSetAside, clock.truth(of: slot.deadline) >= promise.until {
                if isSetAside { tally.quarantined += 1 }
                continue
            }
            // The wall clock was set forward, so the server cannot know that the lease has not ended.
            if excess > 0 {
                let isShort = (isHeld || isSetAside) && clock.truth(of: slot.deadline) + excess >= promise.until
                if isShort || promise.until - now <= excess {
                    ledger.excuse(promise.address)
                    continue
                }
            }
            violate(
                "after a restart \(promise.address), leased to \(promise.client), is \(slot.owner.state)"
                    + " for \(slot.owner.client)"
                    + (isHeld || isSetAside ? ", \(promise.until - clock.truth(of: slot.deadline)) ms too short" : ""))
        }
    }
}
