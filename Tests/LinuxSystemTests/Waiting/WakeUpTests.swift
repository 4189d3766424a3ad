import Synchronization
import Testing

@testable import LinuxSystem

@Suite("wake-up")
struct WakeUpTests {
    @Test("a signal to a worker that is awake needs no system call and leaves nothing behind")
    func awake() throws {
        let wakeUp = try WakeUp()
        wakeUp.signal()
        #expect(try isReadable(wakeUp) == false)
    }

    @Test("a signal to a worker that is about to sleep ends its wait, once")
    func asleep() throws {
        let wakeUp = try WakeUp()
        wakeUp.prepareToSleep()
        wakeUp.signal()
        wakeUp.signal()
        #expect(try isReadable(wakeUp))
        wakeUp.clear()
        #expect(try isReadable(wakeUp) == false)
    }

    @Test("a worker that wakes by itself leaves nothing behind")
    func wakesByItself() throws {
        let wakeUp = try WakeUp()
        wakeUp.prepareToSleep()
        wakeUp.clear()
        wakeUp.signal()
        #expect(try isReadable(wakeUp) == false)
    }

    @Test("a signaller that writes late ends one later wait and no more")
    func lateWrite() throws {
        let wakeUp = try WakeUp()
        wakeUp.prepareToSleep()
        #expect(wakeUp.claimSleeper())
        wakeUp.clear()
        wakeUp.prepareToSleep()
        wakeUp.write()
        #expect(try isReadable(wakeUp))
        wakeUp.clear()
        #expect(try isReadable(wakeUp) == false)
    }

    @Test("no wake-up is lost between two threads")
    func noLostWakeUp() throws {
        let wakeUp = try WakeUp()
        let work = WorkCount()
        let total = 50_000
        let worker = try WorkerThread(name: "sleeper") {
            var set = PollSet<1>([wakeUp.fileDescriptor])
            var done = 0
            while done < total {
                wakeUp.prepareToSleep()
                if work.count.load(ordering: .relaxed) == done,
                    (try? set.wait(timeoutMilliseconds: 10_000)) != 1
                {
                    work.lostCount.add(1, ordering: .relaxed)
                }
                wakeUp.clear()
                done = work.count.load(ordering: .relaxed)
                work.doneCount.store(done, ordering: .relaxed)
            }
        }
        for count in 1...total {
            work.count.store(count, ordering: .relaxed)
            wakeUp.signal()
            // Every second time, wait for the worker, so that signals reach it at every point of its loop.
            while count % 2 == 0, work.doneCount.load(ordering: .relaxed) != count {}
        }
        worker.join()
        #expect(work.lostCount.load(ordering: .relaxed) == 0)
    }

    private final class WorkCount: Sendable {
        let count = Atomic<Int>(0)
        let doneCount = Atomic<Int>(0)
        /// Waits that timed out after ten seconds.
        let lostCount = Atomic<Int>(0)
    }

    private func isReadable(_ wakeUp: WakeUp) throws -> Bool {
        var set = PollSet<1>([wakeUp.fileDescriptor])
        try set.wait(timeoutMilliseconds: 0)
        return set.isReadable(0)
    }
}
