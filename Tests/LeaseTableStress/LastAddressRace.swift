import Addresses
import FastDHCP
import Glibc
import LinuxSystem

/// The clients of two workers ask for the only address of a pool at the same moment, again and again.
struct LastAddressRace {
    let ledger: Ledger
    private let tally = Tally()
    private let table = LeaseTable(pool: StressWorker.pool(of: 1))
    private let workerCount = 2

    init(ledger: Ledger) { self.ledger = ledger }

    func run(seconds: Double) throws {
        let configuration = try StressWorker.configuration(leaseSeconds: 100)
        // Odd rounds are races, even ones end the winner's offer.
        let round = SharedNumber(), finished = SharedNumber(), offers = SharedNumber()
        let end = BootTime.now() + UInt64(seconds * 1000)
        let threads = try (0..<workerCount).map { number in
            let commits = try CommitQueue()
            return try WorkerThread(name: "race-\(number)") { [table, tally, workerCount] in
                var worker = StressWorker(
                    worker: number, of: workerCount, table: table, configuration: configuration, commits: commits,
                    now: BootTime(milliseconds: 0))
                var local = LocalTally()
                for race in 1... {
                    round.waitFor(UInt64(race))
                    guard round.value < .max else { break }
                    // 70 s pass between two rounds: an offer lasts 60 s.
                    let now = BootTime(milliseconds: UInt64(race) * 70_000)
                    if race.isMultiple(of: 2) {
                        worker.expire(now: now)
                    } else {
                        let request = Request(.discover, chaddr: StressClients.mac(number), xid: 1)
                        local[.messages] += 1
                        if case .answered = worker.serve(request, now: now) { offers.add(1) }
                    }
                    finished.add(1)
                }
                tally.add(local)
            }
        }
        var local = LocalTally()
        while BootTime.now() < end, !ledger.hasViolation {
            play(round, finished, offers, &local)
        }
        round.value = .max
        for thread in threads { thread.join() }
        tally.add(local)
        tally.show("last address", [.rounds, .messages, .offers, .unreadable])
    }

    /// Runs one race, then ends the winner's offer.
    private func play(
        _ round: SharedNumber, _ finished: SharedNumber, _ offers: SharedNumber, _ local: inout LocalTally
    ) {
        offers.value = 0
        round.add(1)
        finished.waitFor(round.value * UInt64(workerCount))
        // The two may block each other, so that neither gets an offer; then they ask again. Two offers are one address
        // given twice.
        if offers.value > 1 { ledger.report("the last address was offered to both clients") }
        if offers.value == 1, table.read(0)?.owner.state != .offered {
            ledger.report("an offered address is not held")
        }
        local[.offers] += Int(offers.value)
        local[.rounds] += 1
        round.add(1)
        finished.waitFor(round.value * UInt64(workerCount))
        if table.read(0)?.owner.isAvailable != true { ledger.report("the address did not come back") }
    }
}
