import FastDHCP
import LeaseText
import LinuxSystem
import Node
import Synchronization

/// Reports each change of a lease to the log and to the listeners of `/v1/events`, on its own thread.
///
/// It reads the committer's trace, and for the listeners it finds NAKs in the workers' traces. A listener that reads too
/// slowly loses events and gets a line with their number.
final class LeaseEvents: Sendable {
    private let happened: WakeUp
    private let log: LeaseLog
    private let listeners = Mutex<[Int: Listener]>([:])
    private let numbers = Atomic<Int>(0)
    private let droppedTotal = Atomic<UInt64>(0)
    private let isStopping = Atomic<Bool>(false)

    /// How many events are queued for a slow listener before it loses some.
    static let queueCapacity = 4096
    /// How many listeners there may be at once, so that most connections of the control socket stay free for requests.
    static let listenerLimit = 16
    /// The pause after each pass, so that a burst does not wake this thread for each batch.
    private static let pauseMilliseconds: Int32 = 20

    /// How often this thread looks for NAKs while somebody listens: nothing wakes it for them.
    private static let lookMilliseconds: Int32 = 1000

    private struct Listener {
        var continuation: AsyncStream<String>.Continuation
        var missedCount = 0
    }

    /// - Parameter happened: the server signals it after each change.
    init(happened: WakeUp, log: LeaseLog) {
        self.happened = happened
        self.log = log
    }

    var listenerCount: Int { listeners.withLock { $0.count } }
    // ORDERING: relaxed; only statistics.
    var droppedCount: UInt64 { droppedTotal.load(ordering: .relaxed) }

    /// Starts the thread, which follows the committer's trace from now on.
    func start(_ server: Server) throws -> WorkerThread {
        let trace = server.traces[server.traces.count - 1]
        let first = trace.count
        let refusals = Refusals(server.traces.dropLast())
        return try WorkerThread(name: "lease-events") { self.run(trace, refusals, server.table, from: first) }
    }

    func stop() {
        // ORDERING: releasing; pairs with the load in `run`.
        isStopping.store(true, ordering: .releasing)
        happened.signal()
    }

    /// A listener's subscription.
    struct Subscription: Sendable {
        /// One line of JSON for each change since the subscription began.
        let lines: AsyncStream<String>
        fileprivate let continuation: AsyncStream<String>.Continuation

        /// Ends the subscription.
        func end() { continuation.finish() }
    }

    /// Subscribes a listener until the daemon stops, the stream is dropped, or `Subscription.end()` is called. Nil if there are
    /// `listenerLimit` listeners already.
    func subscribe() -> Subscription? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingOldest(Self.queueCapacity))
        // ORDERING: relaxed; the number only has to be unique.
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        let isHeard = listeners.withLock { listeners in
            guard listeners.count < Self.listenerLimit else { return false }
            listeners[number] = Listener(continuation: continuation)
            return true
        }
        guard isHeard else { return nil }
        happened.signal()
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { _ = $0.removeValue(forKey: number) }
        }
        return Subscription(lines: stream, continuation: continuation)
    }

    private func run(_ trace: ExchangeTrace, _ workerRefusals: Refusals, _ table: LeaseTable, from first: UInt64) {
        var next = first
        var refusals = workerRefusals
        var wasHeard = false
        var polled = PollSet([happened.fileDescriptor])
        var nothing = PollSet<1>([-1])
        while true {
            next = drain(trace, table, from: next)
            let isHeard = listenerCount > 0
            // A new listener gets what happens from now on.
            let entries = refusals.takeNew()
            if isHeard && wasHeard { send(entries, table) }
            wasHeard = isHeard
            // ORDERING: acquiring; pairs with `stop`.
            if isStopping.load(ordering: .acquiring) { break }
            // The descriptor is valid. If the wait fails, the pause is just shorter.
            _ = try? nothing.wait(timeoutMilliseconds: Self.pauseMilliseconds)
            happened.prepareToSleep()
            if trace.count == next && !isStopping.load(ordering: .acquiring) {
                _ = try? polled.wait(timeoutMilliseconds: listenerCount > 0 ? Self.lookMilliseconds : log.untilSummary)
            }
            happened.clear()
        }
        log.summarize()
        listeners.withLock { $0.values.map(\.continuation) }.forEach { $0.finish() }
    }

    /// Reports all new entries of the trace.
    /// - Returns: the number of the first entry that is still unread.
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
            log.write(event)
            if hasListeners { send(event.json(&clock).compactText + "\n") }
        }
        if lostCount > 0 { reportLoss(lostCount) }
        log.writeSummaryIfDue()
        return end
    }

    /// Sends NAKs to the listeners.
    private func send(_ entries: [TraceEntry], _ table: LeaseTable) {
        var clock = WallClock()
        for entry in entries {
            if let event = LeaseEvent(entry, in: table) { send(event.json(&clock).compactText + "\n") }
        }
    }

    private func send(_ line: String) {
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
        // ORDERING: relaxed; only statistics.
        droppedTotal.wrappingAdd(1, ordering: .relaxed)
    }

    /// Counts entries that the committer overwrote before this thread read them.
    private func reportLoss(_ count: Int) {
        listeners.withLock { listeners in
            for number in listeners.keys { listeners[number]?.missedCount += count }
            // ORDERING: relaxed; only statistics.
            if !listeners.isEmpty { droppedTotal.wrappingAdd(UInt64(count), ordering: .relaxed) }
        }
    }

    private static func notice(_ count: Int) -> String {
        JSON.members(["event": .string("dropped"), "count": .number(count)]).compactText + "\n"
    }
}
