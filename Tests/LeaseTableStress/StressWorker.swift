import Addresses
import FastDHCP
import LinuxSystem

/// One worker of a server under test. It takes messages as frames, and puts its changes into a queue for a committer.
struct StressWorker: ~Copyable {
    static let server = IPv4Address(10, 0, 0, 1)
    private static let bridge = MACAddress(2, 0xFF, 0, 0, 0, 1)

    private var handler: PacketHandler<Outlet>

    init(
        worker: Int, of workerCount: Int, table: LeaseTable, configuration: EngineConfiguration, commits: CommitQueue,
        now: BootTime
    ) {
        let engine = Engine(
            worker: worker, of: workerCount, table: table, configuration: configuration, hashKey: UInt64(worker),
            now: now)
        handler = PacketHandler(engine: engine, commits: commits, outlet: Outlet())
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

    var changesInFlight: Int { handler.engine.changesInFlight }

    mutating func serve(_ request: Request, now: BootTime) -> Outcome {
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let byteCount = RequestWriter.write(request, options: [UInt8]().span, into: &frame)
        let received = bytes.span.extracting(0..<byteCount)
        handler.serve(received, udpChecksum: .unknown, interface: Self.bridge, now: now)
        return handler.outlet.takeOutcomes().last ?? .silent
    }

    /// - Parameter answer: gets each answer to a message that waited for a change.
    mutating func takeCompletions(now: BootTime, answer: (Reply) -> Void) {
        handler.takeCompletions(now: now)
        for outcome in handler.outlet.takeOutcomes() {
            if case .answered(let reply) = outcome { answer(reply) }
        }
    }

    mutating func expire(now: BootTime) { _ = handler.expire(now: now) }
}

/// Keeps the outcomes of messages until they are taken.
private struct Outlet: PacketOutlet {
    private var outcomes: [StressWorker.Outcome] = []

    mutating func send(_ reply: inout Reply) -> Bool { true }
    mutating func flush() {}

    mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {
        switch decision {
        case .reply: outcomes.append(.answered(reply))
        case .commit, .deferred: outcomes.append(.committing)
        case .silence, .drop: outcomes.append(.silent)
        }
    }

    mutating func takeOutcomes() -> [StressWorker.Outcome] {
        defer { outcomes.removeAll(keepingCapacity: true) }
        return outcomes
    }

    mutating func didReceive(_ request: borrowing MessageView) {}
    mutating func didDrop(_ reason: DropReason) {}
    mutating func didOrder(_ change: BindingChange) {}
    mutating func didComplete(_ count: Int) {}
}
