import FastDHCP
import LeaseText
import LinuxSystem
import Logging
import Synchronization

/// Keeps `leases.json` up to date with the table and the wall clock, on its own thread. The thread wakes when a change is
/// durable and rewrites the file. A pause after each rewrite combines the changes of a burst.
final class LeaseExport: Sendable {
    private let file: LeaseFile
    private let log: Logger
    private let changed: WakeUp
    private let stopping: WakeUp
    private let state = Mutex(State())
    /// The number of changes that the file shows, the time of that export in milliseconds since boot, and the number of
    /// failed exports.
    private let progress = AtomicWords(count: 3)
    private enum Word {
        static let shownCount = 0
        static let shownAt = 1
        static let failures = 2
    }

    private struct State {
        var isStopping = false
        /// The callers of `follow()`. Each waits for an export that begins after its call.
        var waiting: [@Sendable (Bool) -> Void] = []
    }

    /// The pause after a rewrite, 20 ms to 1 s. A small table is exported at once, one of 60,000 leases once a second. Up to
    /// 1 s, the pause is at least ten times as long as the rewrite, so that the export takes less than a tenth of a core.
    private static func pauseMilliseconds(after nanoseconds: UInt64, leaseCount: Int) -> Int32 {
        let elapsed = nanoseconds / 1_000_000
        return Int32(min(max(elapsed * 10, UInt64(leaseCount / 60), 20), 1000))
    }

    /// How often the wall clock is checked while nothing changes. After it was set, every expiry in the file is wrong.
    private static let clockCheckMilliseconds: Int32 = 1000

    /// - Parameter changed: the server signals it after each change.
    init(file: LeaseFile, changed: WakeUp, log: Logger) throws {
        self.file = file
        self.changed = changed
        self.log = log
        stopping = try WakeUp()
        stopping.prepareToSleep()
    }

    /// Starts the thread.
    func start(_ server: Server) throws -> WorkerThread {
        try WorkerThread(name: "lease-export") { self.run(server) }
    }

    /// Waits until the file shows everything that the table shows now. Returns false if the file cannot be written.
    func follow() async -> Bool {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting.append { continuation.resume(returning: $0) } }
            changed.signal()
        }
    }

    var path: String { file.path }

    var failureCount: UInt64 { progress.loadRelaxed(Word.failures) }

    /// How long the file has been behind the table. 0 if it shows every change.
    func lagMilliseconds(behind server: Server) -> UInt64 {
        guard server.completionCount != progress.loadRelaxed(Word.shownCount) else { return 0 }
        return BootTime.now().millisecondsSince(BootTime(milliseconds: progress.loadRelaxed(Word.shownAt)))
    }

    /// Tells the thread to end after one last export.
    func stop() {
        state.withLock { $0.isStopping = true }
        stopping.signal()
        changed.signal()
    }

    private func run(_ server: Server) {
        var writer = LeaseFileWriter(file)
        var wait = PollSet([changed.fileDescriptor])
        var pause = PollSet([stopping.fileDescriptor])
        var isHealthy = true
        while true {
            let (isStopping, waiting) = state.withLock { state in
                defer { state.waiting = [] }
                return (state.isStopping, state.waiting)
            }
            let seen = server.completionCount
            let clock = ClockReading.now()
            let start = BootTime.nanosecondsNow()
            isHealthy = export(server, with: &writer, wasHealthy: isHealthy)
            if isHealthy {
                progress.storeRelaxed(Word.shownCount, seen)
                progress.storeRelaxed(Word.shownAt, start / 1_000_000)
            } else {
                progress.increment(Word.failures)
            }
            for waiter in waiting { waiter(isHealthy) }
            if isStopping { return }
            // Both descriptors are valid. If a wait fails, the pause is just shorter.
            let leaseCount = server.table.stateCounts()[Int(LeaseState.bound.rawValue)]
            _ = try? pause.wait(
                timeoutMilliseconds: Self.pauseMilliseconds(
                    after: BootTime.nanosecondsNow() - start, leaseCount: leaseCount))
            var isDue: Bool {
                !isHealthy || seen != server.completionCount || hasOrders || ClockReading.now().hasDrifted(from: clock)
            }
            repeat {
                changed.prepareToSleep()
                if !isDue { _ = try? wait.wait(timeoutMilliseconds: Self.clockCheckMilliseconds) }
                changed.clear()
            } while !isDue
        }
    }

    private var hasOrders: Bool { state.withLock { $0.isStopping || !$0.waiting.isEmpty } }

    /// Writes the file. Logs when failures begin and when they end. The caller tries again after a failure.
    private func export(_ server: Server, with writer: inout LeaseFileWriter, wasHealthy: Bool) -> Bool {
        do {
            try writer.write(server.table, record: server.record)
            if !wasHealthy { log.notice("the lease file is written again", metadata: ["path": "\(file.path)"]) }
            return true
        } catch {
            if wasHealthy {
                log.error(
                    "cannot write the lease file; other programs see old leases until this works again",
                    metadata: ["path": "\(file.path)", "error": "\(error)"])
            }
            return false
        }
    }
}
