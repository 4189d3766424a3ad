import FastDHCP
import LinuxSystem
import Logging
import Synchronization

/// Keeps `leases.json` in step with the table and the wall clock, on a thread of its own: it wakes when a change has
/// become durable, waits a little so that a burst is one rewrite, and writes.
final class LeaseExport: Sendable {
    private let file: LeaseFile
    private let log: Logger
    private let changed: WakeUp
    private let stopping: WakeUp
    private let state = Mutex(State())
    /// How far the file follows the table: the changes that it shows, and when that was so, in milliseconds since boot.
    private let progress = AtomicWords(count: 3)
    private enum Word {
        static let shownCount = 0
        static let shownAt = 1
        static let failures = 2
    }

    private struct State {
        var isStopping = false
        /// Those who wait for an export that began after they asked.
        var waiting: [@Sendable (Bool) -> Void] = []
    }

    /// The pause after a rewrite: small tables are followed at once, one of 60,000 leases once a second, and never does
    /// the export take more than a tenth of a core.
    private static func pauseMilliseconds(after nanoseconds: UInt64, leaseCount: Int) -> Int32 {
        let elapsed = nanoseconds / 1_000_000
        return Int32(min(max(elapsed * 10, UInt64(leaseCount / 60), 20), 1000))
    }

    /// How often the wall clock is looked at while nothing changes: when it is set, every expiry in the file is wrong.
    private static let clockCheckMilliseconds: Int32 = 1000

    /// - Parameter changed: what the server signals.
    init(file: LeaseFile, changed: WakeUp, log: Logger) throws {
        self.file = file
        self.changed = changed
        self.log = log
        stopping = try WakeUp()
        stopping.prepareToSleep()
    }

    /// Starts to follow the table.
    func start(_ server: Server) throws -> WorkerThread {
        try WorkerThread(name: "lease-export") { self.run(server) }
    }

    /// Waits until the file shows all that the table shows now; false when it cannot be written.
    func follow() async -> Bool {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting.append { continuation.resume(returning: $0) } }
            changed.signal()
        }
    }

    var path: String { file.path }

    var failureCount: UInt64 { progress.loadRelaxed(Word.failures) }

    /// For how long the file has not shown all that the table shows.
    func lagMilliseconds(behind server: Server) -> UInt64 {
        guard server.completionCount != progress.loadRelaxed(Word.shownCount) else { return 0 }
        return BootTime.now().millisecondsSince(BootTime(milliseconds: progress.loadRelaxed(Word.shownAt)))
    }

    /// Lets the thread end after a last export.
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
            // A failed wait is a short one: both descriptors are valid.
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

    /// Writes the file; a failure is said when it begins and when it ends, and tried again.
    private func export(_ server: Server, with writer: inout LeaseFileWriter, wasHealthy: Bool) -> Bool {
        do {
            try writer.write(server.table, record: server.record)
            if !wasHealthy { log.notice("the lease file is written again", metadata: ["path": "\(file.path)"]) }
            return true
        } catch {
            if wasHealthy {
                log.error(
                    "cannot write the lease file; other programs see old leases until it can be",
                    metadata: ["path": "\(file.path)", "error": "\(error)"])
            }
            return false
        }
    }
}
