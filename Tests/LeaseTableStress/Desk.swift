import Addresses
import FastDHCP

/// One worker of a server under test: it takes messages as frames, and has its changes committed by whoever
/// empties its queue.
struct Desk: ~Copyable {
    static let server = IPv4Address(10, 0, 0, 1)
    private static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)

    private var engine: Engine
    private let commits: CommitQueue
    private var reply = Reply()

    init(
        worker: Int, of workerCount: Int, table: LeaseTable, configuration: EngineConfiguration, commits: CommitQueue,
        now: BootTime
    ) {
        engine = Engine(
            worker: worker, of: workerCount, table: table, configuration: configuration, hashKey: UInt64(worker),
            now: now)
        self.commits = commits
    }

    static func pool(of count: Int) -> [IPv4Address] {
        (0..<UInt32(count)).map { IPv4Address(rawValue: server.rawValue + 1 + $0) }
    }

    static func configuration(leaseSeconds: UInt32) throws -> EngineConfiguration {
        var configuration = EngineConfiguration(
            serverAddress: server, subnet: IPv4Network(containing: server, prefixLength: 24),
            leaseSeconds: leaseSeconds,
            options: try ConfiguredOptions([]))
        configuration.declineMilliseconds = 20_000
        return configuration
    }

    enum Outcome {
        case answered(Reply)
        case committing
        case silent
    }

    var changesInFlight: Int { engine.changesInFlight }

    mutating func serve(_ request: Request, now: BootTime) -> Outcome {
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let byteCount = RequestWriter.write(request, options: [UInt8]().span, into: &frame)
        let received = bytes.span.extracting(0..<byteCount)
        switch MessageView.parse(received, as: .request, udpChecksum: .unknown, interface: Self.bridge) {
        case .dropped: return .silent
        case .message(let message): return decide(message, now: now)
        }
    }

    private mutating func decide(_ message: borrowing MessageView, now: BootTime) -> Outcome {
        let room = CommitQueue.capacity - engine.changesInFlight
        switch engine.decide(message, now: now, commitRoom: room, reply: &reply) {
        case .reply: return .answered(reply)
        case .deferred: return .committing
        case .silence, .drop: return .silent
        case .commit(let change, let freeing):
            if let freeing { commits.append(freeing, reply) }
            commits.append(change, reply)
            return .committing
        }
    }

    /// - Parameter answer: takes the answers to messages that waited for the changes.
    mutating func takeCompletions(now: BootTime, answer: (Reply) -> Void) {
        let count = commits.completions.count
        for index in 0..<count { engine.complete(commits.completions[index], now: now) }
        commits.completions.removeFirst(count)
        while let message = engine.takeDeferredMessage() {
            if case .answered(let reply) = decide(message.view, now: now) { answer(reply) }
        }
    }

    mutating func expire(now: BootTime) {
        let room = CommitQueue.capacity - engine.changesInFlight
        _ = engine.expire(now: now, commitRoom: room) { [commits, reply] change in
            commits.append(change, reply)
        }
    }
}
