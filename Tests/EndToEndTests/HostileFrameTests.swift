import Addresses
import Synchronization
import TestSupport
import Testing

/// Each frame that no honest client sends moves its own counter, gets no answer, and leaves the daemon serving.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct HostileFrameTests {
    @Test("a frame is dropped and counted by its reason, and the next DISCOVER is served", arguments: HostileFrame.all)
    func atInfo(_ hostile: HostileFrame) throws { try SharedDaemon.atInfo.get().expect(hostile) }

    @Test("the same at log level debug", arguments: HostileFrame.all)
    func atDebug(_ hostile: HostileFrame) throws { try SharedDaemon.atDebug.get().expect(hostile) }
}

/// A daemon that many tests send to, with one VM for all their clients. It ends with the process.
///
/// Hostile frames come one after the other. Messages that other tests send at the same time are served, and do not move
/// the counters of hostile frames.
final class SharedDaemon: Sendable {
    static let atInfo = Result { try SharedDaemon(logLevel: "info") }
    static let atDebug = Result { try SharedDaemon(logLevel: "debug") }
    static let underAttack = Result { try SharedDaemon(logLevel: "info") }

    let host: TestHost
    let daemon: Daemon
    let machine: Machine
    private let clientCount = Atomic<UInt64>(0)

    private init(logLevel: String) throws {
        host = try TestHost(
            subnet: IPv4Network(containing: IPv4Address(172, 20, 0, 0), prefixLength: 16), poolSize: 4000,
            isShared: true)
        daemon = try host.startDaemon(logLevel: logLevel)
        machine = try host.machine()
    }

    /// A client that no test has used yet.
    func newClient() throws -> ScriptedClient {
        // ORDERING: a plain count; nothing else is published with it.
        let number = clientCount.add(1, ordering: .relaxed).newValue
        return try machine.client(MACAddress(rawValue: 0x02A0_0000_0000 | number << 8))
    }
}

extension SharedDaemon {
    /// Sends a frame that must move its own counter, and only that, get no answer, and leave the daemon serving.
    func expect(_ hostile: HostileFrame) throws {
        let client = try newClient()
        let frame = try hostile.make(client)
        let before = try host.metrics()
        try client.send(frame)
        // When another client has completed an exchange, any answer to the frame has come.
        try client.completeAnotherExchange()
        // What the ring itself skips is added to the metrics once a second.
        let count = hostile.counter.value(in: before) + (hostile.isCounted ? 1 : 0)
        var after = before
        let isCounted = try eventually(within: .seconds(3)) {
            after = try host.metrics()
            return hostile.counter.value(in: after) >= count
        }
        #expect(isCounted && hostile.counter.value(in: after) == count, "instead: \(after.changes(since: before))")
        if let message = DHCPMessage(frame.payload) {
            let answer = try client.reply(to: message.xid, within: .zero)
            #expect(answer == nil, "\(String(describing: answer?.message))")
        }
        #expect(daemon.process.isRunning, "\(daemon.process.output)")
    }
}
