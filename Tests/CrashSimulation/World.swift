import Addresses
import FastDHCP
import LinuxSystem

/// A host with its disk, its kernel and its VMs, and a server on it that crashes now and then.
///
/// Everything happens on one thread. While the disk writes, it calls `passWhileSyncing`, in which other events happen.
final class World {
    let conditions: Conditions
    let clock = SimulatedClock()
    let random: SeededRandom
    let tally: Tally
    let bug: InjectedBug?
    let outage = Outage()
    let disk: DiskModel
    let exports: ExportModel
    let kernel: KernelModel
    var clients: [SimulatedClient]
    var ledger: Ledger
    /// Copies of messages that are still on their way.
    var delayed: [Request] = []
    var lastXID: UInt32 = 0
    /// By xid: what the client asked for, and when the server received it.
    var questions: [UInt32: Question] = [:]
    /// The xids of messages that wait for a change in flight.
    var waiting: Set<UInt32> = []
    /// Whether a restart may have quarantined addresses because their records are damaged.
    var mayQuarantine = false
    /// The first promise that was broken.
    private(set) var violation: String?

    private(set) var eventCount = 0
    private let eventLimit: Int
    private let isTraced: Bool

    // The server.
    var table: LeaseTable
    var workers: [SimulatedWorker] = []
    var committer: Committer<BuggyJournal, SimulatedRoutes>?
    var counters = CommitCounters()
    var journalCounters = JournalCounters()
    let options: ConfiguredOptions
    /// When the committer will try again by itself.
    var nextRetry = BootTime.never

    struct Question {
        var client: MACAddress
        /// The address that the client asks for or has; nil when the server chooses.
        var address: IPv4Address?
        var decidedAt: UInt64
        /// Whether the client has given up this address since it asked.
        var isWithdrawn = false
    }

    init(seed: UInt64, events: Int, bug: InjectedBug?, tally: Tally, isTraced: Bool) {
        random = SeededRandom(seed: seed)
        conditions = Conditions(random)
        self.tally = tally
        self.bug = bug
        self.isTraced = isTraced
        eventLimit = events
        disk = DiskModel(random, outage, tally, bug: bug)
        exports = ExportModel(random, tally)
        kernel = KernelModel(random, outage, tally)
        clients = (0..<conditions.clientCount).map(SimulatedClient.init(number:))
        ledger = Ledger(pool: conditions.pool)
        table = LeaseTable(pool: conditions.pool)
        options = conditions.engineConfiguration().policy.everyone.options
    }

    /// - Returns: the promise that was broken, if one was.
    func run() throws(SystemError) -> String? {
        disk.whileSyncing = { [unowned self] in self.passWhileSyncing() }
        defer { disk.whileSyncing = {} }
        try start()
        while eventCount < eventLimit, violation == nil {
            event()
            if outage.isDown { try recover() }
        }
        if violation == nil {
            rest()
            if outage.isDown { try recover() }
        }
        tally.runs += 1
        tally.events += eventCount
        return violation
    }

    func violate(_ sentence: @autoclosure () -> String) {
        guard violation == nil else { return }
        violation = sentence() + " (event \(eventCount))"
        trace(violation ?? "")
    }

    func trace(_ text: @autoclosure () -> String) {
        if isTraced { print("\(eventCount) [\(clock.elapsed)] \(text())") }
    }

    func countEvent() { eventCount += 1 }
}

// The events.
extension World {
    private func event() {
        countEvent()
        switch random.below(1000) {
        case 0..<580: act()
        case 580..<620: export()
        case 620..<880: commit()
        case 880..<960: pass(UInt64(random.within(1...400)))
        case 960..<972: pass(conditions.leaseMilliseconds * UInt64(random.within(1...60)) / 100)
        case 972..<977: changeDisk()
        case 977..<982: changeKernel()
        case 982..<986: setLink()
        case 986..<989: jump()
        case 989..<993: rest()
        case 993..<996: outage.arm(after: random.within(1...24))
        default: crash()
        }
    }

    /// Time passes, and the workers look at the clock.
    func pass(_ milliseconds: UInt64) {
        clock.pass(milliseconds)
        takeCompletions()
        for worker in workers { worker.expire(now: clock.boot) }
    }

    /// The events while the disk writes. There are many when the write is slow.
    private func passWhileSyncing() {
        guard !workers.isEmpty, !outage.isDown else { return }
        let isSlow = random.chance(conditions.slowRate)
        if isSlow { tally.slowSyncs += 1 }
        let actionCount = isSlow ? random.within(2...12) : random.below(2)
        for _ in 0..<actionCount {
            countEvent()
            tally.messagesWhileSyncing += 1
            if isSlow { clock.pass(UInt64(200 / actionCount)) }
            switch random.below(24) {
            case 0 where random.chance(200): return crash()
            case 0: setLink(isUp: false)
            case 1: pass(1)
            case 2: jump()
            default: act()
            }
            // Sometimes the link comes back within the same write, and its routes with it.
            if !kernel.isUp, random.chance(500) { setLink(isUp: true) }
        }
    }

    private func changeDisk() {
        disk.health = random.pick([.sound, .sound, .full, .failing])
        disk.faultRate = random.chance(500) ? 0 : conditions.faultRate
        trace("disk: \(disk.health), faults \(disk.faultRate)")
    }

    private func changeKernel() {
        kernel.refusalRate = random.pick([0, 0, 0, 100, 500, 1000])
        kernel.lostAckRate = random.pick([0, 0, 50, 300])
        trace("kernel: refuses \(kernel.refusalRate), loses acks \(kernel.lostAckRate)")
    }

    private func setLink() { setLink(isUp: !kernel.isUp || random.chance(300)) }

    private func setLink(isUp: Bool) {
        if !isUp { tally.linkDowns += 1 }
        trace("link is \(isUp ? "up" : "down")")
        kernel.setLink(isUp: isUp)
    }

    func jump() {
        let milliseconds = UInt64(random.within(1...20_000)) * UInt64(random.pick([1, 100, 10_000]))
        switch conditions.wallClock {
        case .steady: return
        case .setBothWays where random.chance(500): clock.setWall(forwardBy: milliseconds)
        case .setBack, .setBothWays: clock.setWall(backBy: milliseconds)
        }
        tally.clockJumps += 1
        trace("wall clock is \(clock.reading.wall.milliseconds), excess \(clock.excess)")
    }
}
