import Glibc
import LinuxSystem
import Synchronization
import Testing

@testable import FastDHCP

@Suite("committer's thread")
struct CommitWorkerTests {
    /// The calls of a journal, with their times in nanoseconds since boot.
    private final class Record: Sendable {
        enum Event {
            case batch(at: UInt64)
            case tidying(at: UInt64, isIdle: Bool)
        }

        private let events = Mutex<[Event]>([])

        func record(_ event: Event) { events.withLock { $0.append(event) } }

        /// For each time that an idle committer tidied the journal: how long after the latest batch that was.
        var idlePauses: [UInt64] {
            var latest: UInt64 = 0
            return events.withLock { events in
                events.compactMap { event in
                    switch event {
                    case .batch(let time): latest = time
                    case .tidying(let time, true): return time - latest
                    case .tidying(_, false): break
                    }
                    return nil
                }
            }
        }
    }

    private struct NotingJournal: JournalSink {
        let record: Record

        mutating func commit(_ changes: Span<BindingChange>) -> Bool {
            record.record(.batch(at: BootTime.nanosecondsNow()))
            return true
        }

        mutating func record(_ fingerprint: ExportFingerprint) -> Bool { true }
        mutating func tidy(isIdle: Bool) { record.record(.tidying(at: BootTime.nanosecondsNow(), isIdle: isIdle)) }
    }

    @Test("the committer tidies the journal by itself when no batch has come for ten milliseconds")
    func idle() throws {
        let record = Record()
        let bench = JournalBench(slotCount: 4)
        let queue = try CommitQueue()
        let wakeUp = try WakeUp()
        let commands = CommandSlot<ReplyTransmitter>(reader: wakeUp)
        var handedOver: CommitWorker? = CommitWorker(
            committer: Committer(
                queues: [queue], counters: CommitCounters(), table: bench.table, journal: NotingJournal(record: record),
                routes: NoRoutes()),
            commands: commands, fingerprints: try FingerprintHandshake(committer: wakeUp), wakeUp: wakeUp)
        let thread = try WorkerThread(name: "commit-test") {
            guard var worker = handedOver.take() else { return }
            worker.run()
        }
        for client in 0..<100 {
            queue.append(bench.change(slot: client % 4, client: client), Reply())
            wakeUp.signal()
            while queue.completions.count == 0 { sched_yield() }
            queue.completions.removeFirst(1)
        }
        let pauseCount = record.idlePauses.count
        let end = ContinuousClock.now + .seconds(20)
        while record.idlePauses.count == pauseCount, .now < end { sched_yield() }
        commands.stop()
        thread.join()
        #expect(record.idlePauses.count > pauseCount)
        // The committer's clock counts whole milliseconds, so a pause may be up to 1 ms shorter.
        #expect(record.idlePauses.allSatisfy { $0 >= 9_000_000 }, "\(record.idlePauses)")
    }
}
