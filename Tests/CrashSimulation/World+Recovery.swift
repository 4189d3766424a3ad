import Addresses
import FastDHCP
import LinuxSystem

// Crashes and restarts.
extension World {
    func crash() {
        trace("crashes")
        outage.happen()
    }

    /// Ends the crashed server and starts the next one with what is left.
    func recover() throws(SystemError) {
        tally.batches += Int(counters.batches)
        tally.stalledRoutes += Int(counters.stalled)
        workers = []
        committer = nil
        questions = [:]
        waiting = []
        loseWhatIsLost()
        if random.chance(300) { clock.pass(UInt64(random.within(1...Int(conditions.leaseMilliseconds)))) }
        if random.chance(200) { jump() }
        try start()
        tally.recoveries += 1
    }

    private func loseWhatIsLost() {
        if random.chance(500) {
            trace("power cut")
            tally.powerCuts += 1
            let tornBefore = tally.tornSectors
            disk.losePower()
            exports.losePower()
            if tally.tornSectors > tornBefore { mayQuarantine = true }
            kernel.losePower()
            clock.reboot()
        } else {
            trace("killed")
            tally.kills += 1
            disk.killProcess()
        }
        if conditions.isDamaging, random.chance(500) { damage() }
        outage.end()
    }

    /// Flips a bit of the journal. Only the lease in the damaged record may be lost.
    private func damage() {
        guard let file = disk.journal, file.cached.count > DurableRecord.firstOffset else { return }
        var used = DurableRecord.firstOffset
        while used + DurableRecord.byteCount <= file.cached.count,
            file.cached[used + 15] | file.cached[used + 14] != 0
        {
            used += DurableRecord.byteCount
        }
        let offset = random.chance(100) ? random.below(4160) : random.within(DurableRecord.firstOffset...used)
        guard offset < file.cached.count else { return }
        if offset >= DurableRecord.firstOffset {
            let record = DurableRecord.read(file.cached, at: offset / DurableRecord.byteCount * DurableRecord.byteCount)
            if let record { ledger.excuse(record.address) }
            trace("a bit turns over in the record of \(record?.address.description ?? "nothing")")
        }
        file.flip(bit: random.below(8), at: offset)
        mayQuarantine = true
        tally.flippedBits += 1
    }

    /// Starts a server, and tries again until the disk permits it.
    func start() throws(SystemError) {
        var attempt = 0
        while violation == nil {
            attempt += 1
            if attempt > 5 {
                disk.health = .sound
                disk.faultRate = 0
            }
            if random.chance(100) { outage.arm(after: random.within(1...12)) }
            if try tryToStart() { return }
            tally.failedStarts += 1
            clock.pass(500)
            if outage.isDown { loseWhatIsLost() }
        }
    }

    private func tryToStart() throws(SystemError) -> Bool {
        let table = LeaseTable(pool: conditions.pool)
        guard let journal = openJournal(table) else { return false }
        let restored = journal.restoredLeases()
        let leases = bug?.spoil(restored) ?? restored
        _ = table.restore(leases) { workerNumber(of: $0) }
        self.table = table
        workers = try startDesks()
        kernel.start(wanting: leases)
        counters = CommitCounters()
        nextRetry = .never
        committer = Committer(
            queues: workers.map(\.queue), counters: counters, table: table,
            journal: BuggyJournal(journal, bug: bug), routes: SimulatedRoutes(model: kernel, bug: bug))
        trace("serves with \(leases.map { "\($0.address) \($0.state) \($0.client)" })")
        checkRecovered()
        return true
    }

    private func startDesks() throws(SystemError) -> [SimulatedWorker] {
        let configuration = conditions.engineConfiguration()
        var workers: [SimulatedWorker] = []
        for worker in 0..<conditions.workerCount {
            workers.append(
                try SimulatedWorker(
                    Engine(
                        worker: worker, of: conditions.workerCount, table: table, configuration: configuration,
                        hashKey: random.next(), now: clock.boot), world: self))
        }
        return workers
    }

    private func openJournal(_ table: LeaseTable) -> Journal<SimulatedDisk>? {
        journalCounters = JournalCounters()
        do {
            return try Journal.open(
                SimulatedDisk(model: disk), table: table, pool: Conditions.subnet,
                quarantineMilliseconds: conditions.leaseMilliseconds * 5 / 4,
                generation: UInt32(truncatingIfNeeded: random.next()), counters: journalCounters,
                clock: { [clock] in clock.reading },
                merge: { contents in
                    check(contents.findings)
                    mergeExport(into: &contents)
                })
        } catch JournalError.system {
            return nil
        } catch {
            violate("a journal is refused: \(error)")
            return nil
        }
    }

    private func mergeExport(into contents: inout JournalContents) {
        guard let file = exports.current else { return }
        exports.synchronize()
        var use = contents.use(ofLeaseFile: file.content, modifiedAt: file.modifiedAt)
        if bug == .earlierExportWins, file.number < exports.count - 1 { use = .adopt }
        if case .ignore = use { return }
        let now = clock.reading.wall
        trace("export \(file.number) of \(exports.count): \(use) \(file.leases)")
        _ = contents.merge(file.leases.filter { $0.expiry > now }, as: use, modifiedAt: file.modifiedAt, now: now)
        contents.addFingerprint(file.content)
    }

    private func check(_ findings: JournalFindings) {
        trace("journal: \(findings)")
        if findings.hasLosses, !conditions.isDamaging { violate("losses are found where nothing was damaged") }
    }
}
