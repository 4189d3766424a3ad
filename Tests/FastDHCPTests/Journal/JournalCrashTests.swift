import Glibc
import LinuxSystem
import SystemPackage
import Testing

@testable import FastDHCP

/// What each slot may hold: its change in the last durable batch, or its change in a batch that was refused after that.
private struct Promises {
    private var durable: [Int: BindingChange] = [:]
    private var attempted: [Int: [BindingChange]] = [:]
    /// Changes that were refused before the last restart. That restart may have found them on the disk.
    private var carried: [Int: [BindingChange]] = [:]

    mutating func record(_ changes: [BindingChange], isDurable: Bool) {
        // A durable batch means that no change refused before it can come back.
        if isDurable { attempted = [:] }
        for change in changes {
            let slot = Int(change.slotIndex)
            if isDurable {
                durable[slot] = change
                carried[slot] = nil
            } else {
                attempted[slot, default: []].append(change)
            }
        }
    }

    mutating func recordRestart() {
        carried.merge(attempted) { $0 + $1 }
        attempted = [:]
    }

    /// The slots that hold anything else.
    func broken(_ leases: [RestoredLease], _ bench: JournalBench) -> [Int] {
        (0..<bench.table.count).filter { slot in
            let lease = leases.first { bench.table.slotIndex(of: $0.address) == slot }
            let allowed = [durable[slot]] + (attempted[slot] ?? []) + (carried[slot] ?? [])
            return !allowed.contains { change in
                change?.client == lease?.client && change?.state == lease?.state && change?.deadline == lease?.deadline
                    && change?.holdUntil == lease?.reliableHold
            }
        }
    }
}

/// Runs everything that a journal does, on a disk that may fail at one call.
private struct Ordeal {
    let bench = JournalBench(slotCount: 24)
    /// By how many milliseconds the wall clock is set forward in between.
    var clockStep: UInt64
    private(set) var promises = Promises()
    private(set) var refusedCount = 0

    /// - Returns: how many calls of the disk it took.
    mutating func run() -> Int {
        for part in 0..<2 {
            bench.clock.advance(1000)
            promises.recordRestart()
            guard var journal = try? bench.open() else { continue }
            for round in 0..<3 {
                commit(8, part * 100 + round, to: &journal)
                if round == 1 { _ = journal.record(ExportFingerprint(of: [UInt8(part)])) }
                journal.tidy()
            }
            // After the clock is set, the journal rewrites its file.
            bench.clock.setWall(bench.clock.reading.wall.milliseconds + clockStep)
            commit(3, part * 100 + 50, to: &journal)
            commit(1, part * 100 + 51, to: &journal)
        }
        return bench.disk.calls.count
    }

    private mutating func commit(_ count: Int, _ number: Int, to journal: inout Journal<DiskStorage>) {
        bench.clock.advance(200)
        let changes = (0..<count).map { index in
            bench.change(index % 5 == 4 ? .release : .bind, slot: (number + index) % 24, client: number * 7 + index)
        }
        let isDurable = journal.commit(changes)
        promises.record(changes, isDurable: isDurable)
        if !isDurable { refusedCount += 1 }
    }

    /// Opens the journal on a disk that works again.
    /// - Returns: the slots that break a promise.
    func broken() throws -> [Int] {
        bench.disk.heal()
        let findings = try bench.read().findings
        #expect(!findings.isDamaged, "no call of the disk leaves damage")
        return promises.broken(try bench.open().restoredLeases(), bench)
    }
}

@Suite("journal on a failing disk")
struct JournalCrashTests {
    private func run(
        _ fault: JournalDisk.Fault, failsAfterwards: Bool, isPowerCut: Bool, clockStep: UInt64 = 7_000_000
    ) throws -> (Ordeal, [Int]) {
        var ordeal = Ordeal(clockStep: clockStep)
        ordeal.bench.disk.fault = fault
        ordeal.bench.disk.failsAfterwards = failsAfterwards
        _ = ordeal.run()
        if isPowerCut { ordeal.bench.disk.cutPower() }
        return (ordeal, try ordeal.broken())
    }

    private func callCount(clockStep: UInt64 = 7_000_000) -> Int {
        var ordeal = Ordeal(clockStep: clockStep)
        return ordeal.run()
    }

    @Test("without a fault no batch is refused, and all changes are restored")
    func sound() throws {
        let (ordeal, broken) = try run(.none, failsAfterwards: false, isPowerCut: true)
        #expect(broken == [] && ordeal.refusedCount == 0)
        #expect(ordeal.bench.counters.replacementCount == 5)
    }

    @Test("whichever call fails, committed changes are restored", arguments: [false, true], [false, true])
    func once(failsAfterwards: Bool, isPowerCut: Bool) throws {
        for number in 0..<callCount() {
            let (_, broken) = try run(.once(number), failsAfterwards: failsAfterwards, isPowerCut: isPowerCut)
            #expect(broken == [], "call \(number)")
        }
    }

    @Test("wherever the process dies, committed changes are restored", arguments: [false, true], [false, true])
    func death(failsAfterwards: Bool, isPowerCut: Bool) throws {
        for number in 0..<callCount(clockStep: 0) {
            // The clock is not set here: the journal of a process that dies right after that still has the old wall
            // time.
            let (_, broken) = try run(
                .from(number), failsAfterwards: failsAfterwards, isPowerCut: isPowerCut, clockStep: 0)
            #expect(broken == [], "call \(number)")
        }
    }

    /// How many superseded records make the journal rewrite its file.
    private static let slack = 65_536

    /// Lengthens the journal until the next tidying rewrites it.
    /// - Returns: the leases that it holds.
    private func lengthen(_ journal: inout Journal<DiskStorage>, _ bench: JournalBench) -> [RestoredLease] {
        var changes: [BindingChange] = []
        for round in 0...Self.slack / 512 {
            changes = (0..<512).map { bench.change(slot: $0 % 16, client: round * 512 + $0) }
            let hasCommitted = journal.commit(changes)
            #expect(hasCommitted)
        }
        let latest = Dictionary(changes.map { (Int($0.slotIndex), $0) }) { $1 }
        bench.disk.heal()
        return bench.leases(latest)
    }

    @Test("a file that has grown too long is rewritten without a loss, and takes further batches")
    func compaction() throws {
        let bench = JournalBench(slotCount: 16)
        var journal = try bench.open()
        var leases = lengthen(&journal, bench)
        let isNoted = journal.record(ExportFingerprint(of: [1]))
        #expect(isNoted)
        let length = bench.disk.content.count
        #expect(bench.counters.replacementCount == 1)
        journal.tidy()
        #expect(bench.counters.replacementCount == 2)
        #expect(bench.disk.content.count < length / 10)
        #expect(bench.counters.byteCount == UInt64(JournalHeader.recordsOffset + 17 * 64))
        journal.tidy()
        #expect(bench.counters.replacementCount == 2)
        let change = bench.change(slot: 3, client: 9)
        let hasCommitted = journal.commit([change])
        #expect(hasCommitted)
        leases[3] = bench.leases([3: change])[0]
        bench.disk.cutPower()
        #expect(try bench.read(exports: [[1]]).isExport == [true])
        #expect(try bench.open().restoredLeases() == leases)
    }

    @Test("while clients wait, the file may grow to twice the length before it is rewritten")
    func compactionUnderLoad() throws {
        let bench = JournalBench(slotCount: 16)
        var journal = try bench.open()
        _ = lengthen(&journal, bench)
        journal.tidy(isIdle: false)
        #expect(bench.counters.replacementCount == 1)
        let leases = lengthen(&journal, bench)
        journal.tidy(isIdle: false)
        #expect(bench.counters.replacementCount == 2)
        #expect(try bench.open().restoredLeases() == leases)
    }

    @Test(
        "whichever call of a compaction fails, before or after its effect, later commits are durable",
        arguments: [(false, true), (true, false)])
    func failingCompaction(failsAfterwards: Bool, isPowerCut: Bool) throws {
        var number = 0
        while true {
            let bench = JournalBench(slotCount: 16)
            var journal = try bench.open()
            var leases = lengthen(&journal, bench)
            bench.disk.fault = .once(number)
            bench.disk.failsAfterwards = failsAfterwards
            journal.tidy()
            guard bench.disk.calls.count > number else { break }
            bench.clock.advance(1000)
            let change = bench.change(slot: 3, client: 9)
            let hasCommitted = journal.commit([change])
            #expect(hasCommitted)
            leases[3] = bench.leases([3: change])[0]
            if isPowerCut { bench.disk.cutPower() }
            #expect(try bench.open().restoredLeases() == leases, "call \(number): \(bench.disk.calls)")
            number += 1
        }
        #expect(number >= 7)
    }

    @Test("after a failed write, no batch counts until the file has been replaced", arguments: [false, true])
    func failingWrite(failsAfterwards: Bool) throws {
        let bench = JournalBench(slotCount: 8)
        var journal = try bench.open()
        let kept = bench.change(slot: 0, client: 1)
        _ = journal.commit([kept])
        bench.disk.heal()
        bench.disk.fault = .once(0)
        bench.disk.failsAfterwards = failsAfterwards
        bench.disk.errorCode = .noSpace
        let refused = (0..<4).map { bench.change(slot: $0, client: 10 + $0) }
        var hasCommitted = journal.commit(refused)
        #expect(!hasCommitted)
        #expect(bench.disk.calls == [.append])
        #expect(bench.counters.failureCount == 1 && bench.counters.trouble?.code == .noSpace)
        #expect(bench.counters.recordCount == 1 && bench.counters.replacementCount == 1)

        // The file is not written to again, though it would take the bytes.
        bench.disk.heal()
        let other = bench.change(slot: 5, client: 20)
        hasCommitted = journal.commit([other])
        #expect(hasCommitted)
        #expect(bench.disk.calls.first == .createReplacement && bench.disk.calls.last == .append)
        #expect(bench.counters.replacementCount == 2 && bench.counters.trouble == nil)
        #expect(bench.counters.failureCount == 1 && bench.counters.recordCount == 2)
        #expect(try bench.open().restoredLeases() == bench.leases([0: kept, 5: other]))
    }

    @Test(
        "when the file cannot grow, the batch is refused; later batches count once it can", arguments: [false, true])
    func failingGrowth(failsAfterwards: Bool) throws {
        let bench = JournalBench(slotCount: 512)
        var journal = try bench.open()
        var changes: [BindingChange] = []
        for round in 0..<9 {
            if round == 7 {
                bench.disk.heal()
                bench.disk.fault = .once(0)
                bench.disk.failsAfterwards = failsAfterwards
                let hasCommitted = journal.commit(
                    changes.map { bench.change(.release, slot: Int($0.slotIndex), client: 1) })
                #expect(!hasCommitted && bench.disk.calls == [.append])
            }
            changes = (0..<512).map { bench.change(slot: $0, client: round * 512 + $0) }
            let hasCommitted = journal.commit(changes)
            #expect(hasCommitted)
        }
        #expect(bench.counters.failureCount == 1 && bench.counters.replacementCount == 1)
        bench.disk.cutPower()
        #expect(try !bench.read().findings.isDamaged)
        let leases = bench.leases(Dictionary(uniqueKeysWithValues: changes.map { (Int($0.slotIndex), $0) }))
        #expect(try bench.open().restoredLeases() == leases)
    }

    @Test("a disk that keeps failing is tried only every 100 ms, and each batch is refused")
    func pause() throws {
        let bench = JournalBench(slotCount: 8)
        var journal = try bench.open()
        bench.disk.heal()
        bench.disk.fault = .from(0)
        for _ in 0..<250 {
            let hasCommitted = journal.commit([bench.change(slot: 0, client: 1)])
            #expect(!hasCommitted)
            journal.tidy()
            bench.clock.advance(2)
        }
        #expect(bench.disk.calls.filter { $0 == .append }.count == 1)
        #expect(bench.disk.calls.filter { $0 == .createReplacement }.count == 5)
        #expect(bench.counters.failureCount == 250)
        bench.disk.heal()
        bench.clock.advance(100)
        let hasCommitted = journal.commit([bench.change(slot: 0, client: 2)])
        #expect(hasCommitted)
    }

    @Test("a start that cannot rewrite the journal fails and leaves the file as it was")
    func startRefused() throws {
        let bench = JournalBench(slotCount: 8)
        var journal = try bench.open()
        _ = journal.commit([bench.change(slot: 0, client: 1)])
        let content = bench.disk.content
        let callCount = try startCallCount(content)
        for number in 0..<callCount {
            let again = JournalBench(slotCount: 8, disk: JournalDisk(content))
            again.disk.fault = .once(number)
            #expect(throws: JournalError.self) { _ = try again.open() }
            if again.disk.calls.contains(.syncDirectory) { continue }
            #expect(again.disk.content == content, "call \(number)")
        }
    }

    private func startCallCount(_ content: [UInt8]) throws -> Int {
        let bench = JournalBench(slotCount: 8, disk: JournalDisk(content))
        _ = try bench.open()
        return bench.disk.calls.count
    }

    @Test("a merge that fails leaves the file as it was")
    func mergeFails() throws {
        struct Refusal: Error {}
        let bench = JournalBench(slotCount: 8)
        var journal = try bench.open()
        _ = journal.commit([bench.change(slot: 0, client: 1)])
        let content = bench.disk.content
        #expect(throws: Refusal.self) { _ = try bench.open { _ in throw Refusal() } }
        #expect(bench.disk.content == content)
    }
}
