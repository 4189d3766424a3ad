import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Committer")
struct CommitterTests {
    private let log = CommitLog()

    @Test("without changes, disk, kernel and wire are left alone")
    func idle() throws {
        let bench = try CommitBench(log: log)
        #expect(!bench.hasWork)
        #expect(bench.commit() == 0)
        #expect(log.events.isEmpty)
        #expect(bench.counters.batches == 0)
    }

    @Test("a batch is written, then routed, then reported to its worker, and only then answered")
    func order() throws {
        let bench = try CommitBench(log: log)
        bench.append(1, hasReply: true)
        bench.append(2, hasReply: false)
        bench.append(3, hasReply: true)
        #expect(bench.hasWork)
        #expect(bench.commit() == 3)
        #expect(
            log.events == [
                .written([1, 2, 3]), .routed([1, 2, 3]), .sent(1, completionCount: 3), .sent(3, completionCount: 3),
                .flushed,
            ])
        #expect(bench.takeCompletions() == [Outcome(1, true), Outcome(2, true), Outcome(3, true)])
        #expect(!bench.hasWork)
        #expect(bench.counters.committed == 3)
        #expect(bench.counters.batches == 1)
    }

    @Test("when the disk refuses a batch, no reply leaves, its routes are removed, and the workers are told")
    func journalFails() throws {
        let bench = try CommitBench(log: log)
        log.isDiskSound = false
        bench.append(1, hasReply: true)
        bench.append(2, hasReply: true)
        #expect(bench.commit() == 2)
        #expect(log.events == [.written([1, 2]), .routed([1, 2]), .routed([1, 2])])
        #expect(log.removed == [1, 2])
        #expect(bench.takeCompletions() == [Outcome(1, false), Outcome(2, false)])
        #expect(bench.counters.failed == 2)
        #expect(bench.counters.committed == 0)
        log.isDiskSound = true
        bench.append(3, hasReply: true)
        bench.commit()
        #expect(log.events.contains(.sent(3, completionCount: 1)), "the batch after it is not held up")
    }

    @Test("when the kernel refuses a route, only that change waits; its reply leaves as soon as the route is there")
    func routeFails() throws {
        let bench = try CommitBench(log: log)
        log.unroutable = [2]
        for sequence in 1...3 { bench.append(UInt64(sequence), hasReply: true) }
        bench.commit()
        #expect(log.sent == [1, 3])
        #expect(bench.takeCompletions() == [Outcome(1, true), Outcome(3, true)])
        #expect(bench.nextRetry == bench.now + 100)
        bench.now = bench.now + 100
        bench.commit()
        #expect(bench.takeCompletions() == [])
        log.unroutable = []
        bench.now = bench.now + 99
        bench.commit()
        #expect(log.sent == [1, 3])
        bench.now = bench.now + 1
        bench.commit()
        #expect(log.sent == [1, 3, 2])
        #expect(bench.takeCompletions() == [Outcome(2, true)])
        #expect(bench.nextRetry == .never)
    }

    @Test("a binding whose route the kernel refuses for 5 s is undone, on the disk as well")
    func givenUp() throws {
        let bench = try CommitBench(log: log)
        log.unroutable = [7]
        bench.append(7, hasReply: true)
        bench.commit()
        bench.now = bench.now + 4_999
        bench.commit()
        #expect(bench.takeCompletions() == [])
        bench.now = bench.now + 1
        log.events = []
        log.isDiskSound = false
        bench.commit()
        #expect(bench.takeCompletions() == [], "what the disk still holds is not given up")
        log.unroutable = []
        bench.now = bench.now + 100
        bench.commit()
        #expect(log.sent.isEmpty, "its end may be on the disk all the same")
        log.unroutable = [7]
        log.isDiskSound = true
        bench.now = bench.now + 100
        bench.commit()
        #expect(bench.takeCompletions() == [Outcome(7, false, isRouted: false)])
        #expect(log.sent.isEmpty)
        #expect(log.removed == [7])
    }

    @Test("when the disk refuses a batch, a refused route is removed as well, because part of it may exist")
    func undoOfRefused() throws {
        let bench = try CommitBench(log: log)
        log.unroutable = [1]
        log.isDiskSound = false
        bench.append(1, hasReply: true)
        bench.commit()
        #expect(log.removed == [1])
    }

    @Test("an extension whose route the kernel refuses fails after 5 s, and the durable lease stays")
    func extensionGivenUp() throws {
        let bench = try CommitBench(log: log)
        bench.append(1, hasReply: true, slotIndex: 5)
        bench.commit()
        log.unroutable = [2]
        bench.append(2, hasReply: true, slotIndex: 5)
        bench.commit()
        bench.now = bench.now + 5_000
        log.events = []
        bench.commit()
        #expect(bench.takeCompletions() == [Outcome(1, true), Outcome(2, false, isRouted: false)])
        #expect(log.removed.isEmpty)
        #expect(!log.events.contains { if case .written = $0 { true } else { false } })
    }

    @Test("a later change of an address waits behind one that waits for its route, without a busy loop")
    func behindStalled() throws {
        let bench = try CommitBench(log: log)
        log.unroutable = [1]
        bench.append(1, hasReply: true, slotIndex: 5)
        bench.commit()
        bench.append(2, .release, hasReply: false, slotIndex: 5)
        bench.append(3, hasReply: true, slotIndex: 6)
        #expect(bench.commit() == 1)
        #expect(!bench.hasWork && bench.pendingCount() == 2, "a place is given back when those before it are")
        #expect(bench.takeCompletions() == [Outcome(3, true)])
        log.unroutable = []
        bench.now = bench.now + 100
        #expect(bench.run() == 2)
        #expect(log.sent == [3, 1])
        #expect(bench.takeCompletions() == [Outcome(1, true), Outcome(2, true)])
        #expect(bench.pendingCount() == 0)
    }

    @Test("two full batches of stalled changes keep no other change from the disk, and the thread sleeps")
    func manyStalled() throws {
        let capacity = BindingChange.batchCapacity
        let bench = try CommitBench(log: log)
        log.unroutable = Set((0..<UInt64(2 * capacity)))
        for sequence in 0..<2 * capacity { bench.append(UInt64(sequence), hasReply: true) }
        #expect(bench.run() == 3)
        bench.append(UInt64(2 * capacity), hasReply: true)
        #expect(bench.run() == 2)
        #expect(log.sent == [UInt64(2 * capacity)])
        #expect(bench.nextRetry == bench.now + 100)
        // All are tried again, a batch at a time, and given up together.
        bench.now = bench.now + 100
        #expect(bench.run() <= 3)
        #expect(bench.nextRetry > bench.now)
        bench.now = bench.now + 5_000
        #expect(bench.run() <= 4)
        #expect(bench.takeCompletions().count == 2 * capacity + 1)
        #expect(bench.nextRetry == .never)
        #expect(log.removed.count == 2 * capacity)
    }

    @Test("while the disk refuses to undo a binding, the committer tries every 100 ms, not in a busy loop")
    func takingBackRefused() throws {
        let bench = try CommitBench(log: log)
        log.unroutable = [7]
        bench.append(7, hasReply: true)
        bench.commit()
        bench.now = bench.now + 5_000
        log.isDiskSound = false
        #expect(bench.run() == 2)
        #expect(bench.nextRetry == bench.now + 100)
    }

    @Test("a removal that the kernel still refuses when its patience ends is given up; the route remains")
    func removalGivenUp() throws {
        let bench = try CommitBench(log: log)
        bench.append(1, hasReply: true, slotIndex: 5)
        bench.commit()
        log.unroutable = [2]
        bench.append(2, .release, hasReply: false, slotIndex: 5, patience: 3000)
        bench.commit()
        bench.now = bench.now + 2_999
        bench.commit()
        #expect(bench.takeCompletions() == [Outcome(1, true)])
        bench.prepareToSleep()
        bench.now = bench.now + 100
        #expect(bench.commit() == 0)
        #expect(bench.takeCompletions() == [Outcome(2, true, isRouted: false)])
        #expect(!bench.isAsleep(), "its worker is told at once")
    }

    @Test("a worker is told at once that its binding was given up, even if the batch has nothing else")
    func toldAtOnce() throws {
        let bench = try CommitBench(log: log)
        bench.append(1, hasReply: true, slotIndex: 5)
        bench.commit()
        log.unroutable = [2]
        bench.append(2, hasReply: true, slotIndex: 5)
        bench.commit()
        bench.now = bench.now + 5_000
        bench.prepareToSleep()
        #expect(bench.commit() == 0)
        #expect(!bench.isAsleep())
    }

    @Test("a route is removed only when the end of its lease is on the disk")
    func removal() throws {
        let bench = try CommitBench(log: log)
        bench.append(1, hasReply: true, slotIndex: 5)
        bench.commit()
        log.events = []
        log.isDiskSound = false
        bench.append(2, .release, hasReply: false, slotIndex: 5)
        bench.commit()
        #expect(log.events == [.written([2])])
        log.isDiskSound = true
        bench.append(3, .expire, hasReply: false, slotIndex: 5)
        bench.commit()
        #expect(log.events == [.written([2]), .written([3]), .flushed, .routed([3])])
        #expect(bench.takeCompletions() == [Outcome(1, true), Outcome(2, false), Outcome(3, true)])
    }

    @Test("when an extension is not durable, the existing route stays")
    func extensionNotDurable() throws {
        let bench = try CommitBench(log: log)
        bench.append(1, hasReply: true, slotIndex: 5)
        bench.commit()
        log.isDiskSound = false
        bench.append(2, hasReply: true, slotIndex: 5)
        bench.commit()
        #expect(log.removed.isEmpty)
    }

    @Test("the second change of an address is skipped, keeps its place, and does not hold up others")
    func oneChangeAnAddress() throws {
        let bench = try CommitBench(log: log)
        bench.append(1, hasReply: true, slotIndex: 5)
        bench.append(2, .release, hasReply: false, slotIndex: 5)
        bench.append(3, hasReply: true, slotIndex: 6)
        bench.append(4, hasReply: true, slotIndex: 5)
        #expect(bench.commit() == 2)
        #expect(bench.takeCompletions() == [Outcome(1, true), Outcome(3, true)])
        bench.append(5, hasReply: true, slotIndex: 7)
        #expect(bench.commit() == 2)
        #expect(bench.takeCompletions() == [Outcome(5, true), Outcome(2, true)])
        #expect(bench.commit() == 1)
        #expect(bench.takeCompletions() == [Outcome(4, true)])
        #expect(bench.pendingCount() == 0)
        #expect(log.sent == [1, 3, 5, 4])
    }

    @Test("a reply that finds no room is counted, and its change is still committed")
    func noRoom() throws {
        let bench = try CommitBench(log: log)
        log.replyRoom = 1
        bench.append(1, hasReply: true)
        bench.append(2, hasReply: true)
        bench.commit()
        #expect(log.sent == [1])
        #expect(bench.counters.unsentReplies == 1)
        #expect(bench.takeCompletions() == [Outcome(1, true), Outcome(2, true)])
    }

    @Test("each change is answered with the reply that was prepared for it")
    func replies() throws {
        let bench = try CommitBench(queueCount: 2, log: log)
        for number in 0..<6 { bench.append(UInt64(number), hasReply: true, to: number % 2) }
        bench.commit()
        #expect(log.sent.sorted() == [0, 1, 2, 3, 4, 5])
        #expect(bench.takeCompletions(of: 0).map(\.sequence) == [0, 2, 4])
        #expect(bench.takeCompletions(of: 1).map(\.sequence) == [1, 3, 5])
    }

    @Test("a batch has a limit; further changes wait in order for the next batch")
    func limit() throws {
        let capacity = BindingChange.batchCapacity
        let bench = try CommitBench(log: log)
        for sequence in 0..<capacity + 3 { bench.append(UInt64(sequence), hasReply: true) }
        #expect(bench.commit() == capacity)
        #expect(bench.commit() == 3)
        #expect(bench.commit() == 0)
        #expect(log.sent == (0..<UInt64(capacity + 3)).map { $0 })
        #expect(bench.takeCompletions().map(\.sequence) == log.sent)
    }

    @Test("a worker that fills every batch does not starve the others")
    func fairness() throws {
        let capacity = BindingChange.batchCapacity
        let bench = try CommitBench(queueCount: 3, log: log)
        for sequence in 0..<capacity * 3 { bench.append(UInt64(sequence), hasReply: false, to: 0) }
        bench.append(1, hasReply: false, to: 1)
        bench.append(1, hasReply: false, to: 2)
        for _ in 0..<3 { bench.commit() }
        #expect(bench.takeCompletions(of: 1).count == 1)
        #expect(bench.takeCompletions(of: 2).count == 1)
    }

    @Test("queues wrap around many times, with any outcome", arguments: Seeds.first(5))
    func laps(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let bench = try CommitBench(queueCount: 2, log: log)
        var next: [UInt64] = [0, 0]
        var expected: [UInt64] = [0, 0]
        for _ in 0..<60 {
            for queue in 0..<2 {
                for _ in 0..<Int.random(in: 0...200, using: &numbers) {
                    bench.append(next[queue], hasReply: numbers.oneIn(2), to: queue)
                    next[queue] += 1
                }
            }
            log.isDiskSound = !numbers.oneIn(4)
            while bench.commit() > 0 {}
            for queue in 0..<2 {
                for outcome in bench.takeCompletions(of: queue) {
                    #expect(outcome == Outcome(expected[queue], log.isDiskSound))
                    expected[queue] += 1
                }
            }
        }
        #expect(expected == next)
    }
}
