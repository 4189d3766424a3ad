import Glibc
import Synchronization
import Testing

@testable import LinuxSystem

@Suite("worker thread")
struct WorkerThreadTests {
    @Test("its work has been done when join returns, and joining again is harmless")
    func join() throws {
        let done = Flag()
        let thread = try WorkerThread(name: "worker") { done.isSet.store(true, ordering: .relaxed) }
        thread.join()
        thread.join()
        #expect(done.isSet.load(ordering: .relaxed) == true)
    }

    @Test("it has its name, cut to the 15 bytes that the kernel keeps")
    func name() throws {
        let name = Mutex("")
        let thread = try WorkerThread(name: "a-name-that-is-too-long") {
            // The thread gets its name after it has begun.
            while name.withLock({ $0.isEmpty }) {
                let comm = (try? SystemCall.readFile("/proc/thread-self/comm")) ?? []
                let text = String(decoding: comm.dropLast(), as: UTF8.self)
                if text.hasPrefix("a-name") { name.withLock { $0 = text } }
            }
        }
        thread.join()
        #expect(name.withLock { $0 } == "a-name-that-is-")
    }

    @Test("signals are blocked in it, and its starter's mask stays as it was")
    func signals() throws {
        let blocked = Flag()
        let isBlockedHere = Self.isBlocked(SIGTERM)
        let thread = try WorkerThread(name: "worker") {
            blocked.isSet.store(Self.isBlocked(SIGTERM) && Self.isBlocked(SIGINT), ordering: .relaxed)
        }
        thread.join()
        #expect(blocked.isSet.load(ordering: .relaxed) == true)
        #expect(Self.isBlocked(SIGTERM) == isBlockedHere)
    }

    @Test("a thread that nobody joins cleans up after itself")
    func detached() throws {
        let done = Flag()
        do { _ = try WorkerThread(name: "worker") { done.isSet.store(true, ordering: .releasing) } }
        while !done.isSet.load(ordering: .acquiring) { sched_yield() }
    }

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    private static func isBlocked(_ signal: Int32) -> Bool {
        var mask = sigset_t()
        // SAFETY: the mask is ours and written whole.
        unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
        return unsafe sigismember(&mask, signal) == 1
    }
}
