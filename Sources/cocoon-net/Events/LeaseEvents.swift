import FastDHCP
import LinuxSystem
import Node
import Synchronization

/// Tells of each change of a lease, on a thread of its own: the log, and whoever listens to `/v1/events`.
///
/// It reads what the committer notes of its work; who reads slowly loses events, and is told how many.
final class LeaseEvents: Sendable {
    private let happened: WakeUp
    private let log: LeaseLog
    private let listeners = Mutex<[Int: Listener]>([:])
    private let numbers = Atomic<Int>(0)
    private let droppedTotal = Atomic<UInt64>(0)
    private let isStopping = Atomic<Bool>(false)

    /// How many events a listener may be behind.
    static let queueCapacity = 4096
    /// How many may listen at once, so that most connections of the control socket stay free for requests.
    static let listenerLimit = 16
    /// How long events are gathered, so that a burst does not wake this thread for each batch.
    private static let pauseMilliseconds: Int32 = 20

    private struct Listener {
        var continuation: AsyncStream<String>.Continuation
        var missedCount = 0
    }

    /// - Parameter happened: what the server signals.
    init(happened: WakeUp, log: LeaseLog) {
        self.happened = happened
        self.log = log
    }

    var listenerCount: Int { listeners.withLock { $0.count } }
    // ORDERING: relaxed; a number for people.
    var droppedCount: UInt64 { droppedTotal.load(ordering: .relaxed) }

    /// Starts to follow what the committer notes.
    func start(_ server: Server) throws -> WorkerThread {
        let trace = server.traces[server.traces.count - 1]
        let first = trace.count
        return try WorkerThread(name: "lease-events") { self.run(trace, server.table, from: first) }
    }

    func stop() {
        // ORDERING: releasing; pairs with the load in `run`.
        isStopping.store(true, ordering: .releasing)
        happened.signal()
    }

    /// What a listener hears.
    struct Hearing: Sendable {
        /// One line for each change from the start of the listening on.
        let lines: AsyncStream<String>
        fileprivate let continuation: AsyncStream<String>.Continuation

        /// Ends the listening.
        func end() { continuation.finish() }
    }

    /// Begins to listen, until the daemon stops, the lines are dropped, or the hearing is ended; nil while as many listen
    /// as may.
    func listen() -> Hearing? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingOldest(Self.queueCapacity))
        // ORDERING: relaxed; only its being different counts.
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        let isHeard = listeners.withLock { listeners in
            guard listeners.count < Self.listenerLimit else { return false }
            listeners[number] = Listener(continuation: continuation)
            return true
        }
        guard isHeard else { return nil }
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { _ = $0.removeValue(forKey: number) }
        }
        return Hearing(lines: stream, continuation: continuation)
    }

    private func run(_ trace: ExchangeTrace, _ table: LeaseTable, from first: UInt64) {
        var next = first
        var polled = PollSet([happened.fileDescriptor])
        var nothing = PollSet<1>([-1])
        while true {
            next = drain(trace, table, from: next)
            // ORDERING: acquiring; pairs with `stop`.
            if isStopping.load(ordering: .acquiring) { break }
            // A failed wait is a short one: the descriptor is valid.
            _ = try? nothing.wait(timeoutMilliseconds: Self.pauseMilliseconds)
            happened.prepareToSleep()
            if trace.count == next && !isStopping.load(ordering: .acquiring) {
                _ = try? polled.wait(timeoutMilliseconds: log.untilSummary)
            }
            happened.clear()
        }
        log.summarize()
        listeners.withLock { $0.values.map(\.continuation) }.forEach { $0.finish() }
    }

    /// - Returns: the number of the first entry that is not read yet.
    private func drain(_ trace: ExchangeTrace, _ table: LeaseTable, from first: UInt64) -> UInt64 {
        let end = trace.count
        var clock = WallClock()
        let hasListeners = listenerCount > 0
        var lostCount = 0
        for number in first..<end {
            guard let entry = trace.entry(number) else {
                lostCount += 1
                continue
            }
            guard let event = LeaseEvent(entry, in: table) else { continue }
            log.tell(event)
            if hasListeners { tell(event.json(&clock).compactText + "\n") }
        }
        if lostCount > 0 { reportLoss(lostCount) }
        log.tellSummaryIfDue()
        return end
    }

    private func tell(_ line: String) {
        listeners.withLock { listeners in
            for number in listeners.keys {
                guard var listener = listeners[number] else { continue }
                if listener.missedCount > 0 {
                    let notice = Self.notice(listener.missedCount)
                    if case .enqueued = listener.continuation.yield(notice) { listener.missedCount = 0 }
                }
                if listener.missedCount > 0 {
                    recordDrop(&listener)
                } else if case .dropped = listener.continuation.yield(line) {
                    recordDrop(&listener)
                }
                listeners[number] = listener
            }
        }
    }

    private func recordDrop(_ listener: inout Listener) {
        listener.missedCount += 1
        // ORDERING: relaxed; a number for people.
        droppedTotal.wrappingAdd(1, ordering: .relaxed)
    }

    /// The committer was so fast that entries were overwritten before they were read here.
    private func reportLoss(_ count: Int) {
        listeners.withLock { listeners in
            for number in listeners.keys { listeners[number]?.missedCount += count }
            // ORDERING: relaxed; a number for people.
            if !listeners.isEmpty { droppedTotal.wrappingAdd(UInt64(count), ordering: .relaxed) }
        }
    }

    private static func notice(_ count: Int) -> String {
        JSON.members(["event": .string("dropped"), "count": .number(count)]).compactText + "\n"
    }
}
