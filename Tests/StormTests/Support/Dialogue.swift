import Addresses
import FastDHCP

@testable import Storm

/// A simulation, its clock, and a server whose every answer a test decides.
final class Dialogue {
    private var simulation: Simulation
    /// In nanoseconds.
    private(set) var now: UInt64 = 1_000_000_000_000

    static let server = ServerIdentity(address: IPv4Address(10, 0, 0, 1), macAddress: MACAddress(2, 0, 0, 0, 0, 1))

    /// Begins a storm; without changes one client plays DORA.
    init(interfaces: [Int32] = [0], _ change: (inout StormPlan) -> Void = { _ in }) {
        var plan = StormPlan()
        plan.clientCount = 1
        change(&plan)
        simulation = Simulation(plan, interfaces: interfaces)
        simulation.begin(at: now)
        simulation.advance(to: now)
    }

    var phase: StormPhase { simulation.phase }
    var isFinished: Bool { simulation.isFinished }
    var hasOutgoing: Bool { simulation.hasOutgoing }
    var nextInterface: Int32? { simulation.nextInterface }
    var tally: StormTally { simulation.tally }
    var progress: StormProgress { StormProgress(simulation, at: now) }
    var latencies: Latencies { simulation.latencies }
    var nanosecondsUntilNextEvent: UInt64 { simulation.nanosecondsUntilNextEvent(at: now) }
    func chaddr(of index: Int) -> MACAddress { simulation.identities.chaddr(of: index) }
    func holder(of address: IPv4Address) -> Int? { simulation.holders.holder(of: address) }
    func result(_ ending: StormEnding, _ rings: RingLosses) -> StormResult {
        StormResult(simulation, on: "vms", ending, rings)
    }

    /// Lets time pass, to the millisecond, up to the next message or the end of the storm.
    /// - Returns: milliseconds that passed; nil when nothing happened within `limit` of them.
    func waitForMessage(limit: Int = 100_000) -> Int? {
        for passed in 0...limit {
            if simulation.hasOutgoing || simulation.isFinished { return passed }
            pass(milliseconds: 1)
        }
        return nil
    }

    func pass(milliseconds: UInt64) {
        now += milliseconds * 1_000_000
        simulation.advance(to: now)
    }

    /// All messages that the clients send now, in order.
    func sent() -> [SentMessage] {
        var messages: [SentMessage] = []
        while simulation.hasOutgoing {
            if let message = sendNext() { messages.append(message) }
        }
        simulation.advance(to: now)
        return messages
    }

    /// The message of the client whose turn it is; nil if it sends none.
    @discardableResult
    func sendNext() -> SentMessage? {
        var frame = [UInt8](repeating: 0xAA, count: RequestWriter.frameByteCapacity)
        var span = frame.mutableSpan
        let byteCount = simulation.writeNext(into: &span, at: now)
        return byteCount > 0 ? SentMessage(Array(frame[..<byteCount])) : nil
    }

    /// The message that the clients send now, which must be the only one.
    func sentOne() throws -> SentMessage {
        let messages = sent()
        guard messages.count == 1, let message = messages.first else {
            throw DialogueError("expected one message, got \(messages.map(\.type))")
        }
        return message
    }

    /// Answers `message`, and lets the client act.
    func answer(
        _ message: SentMessage, _ type: MessageType, _ address: IPv4Address, leaseSeconds: UInt32 = 3600,
        _ change: (inout Reply) -> Void = { _ in }
    ) {
        receive(message.reply(type, address, leaseSeconds: leaseSeconds, change))
    }

    /// Hands the clients a frame, and lets them act.
    func receive(_ frame: [UInt8], by interface: Int32 = 0) {
        simulation.receive(frame.span, udpChecksum: .unknown, by: interface, at: now)
        simulation.advance(to: now)
    }

    /// Takes clients through DISCOVER, OFFER and REQUEST to the ACK.
    func lease(_ address: (Int) -> IPv4Address = { IPv4Address(10, 0, 0, 10 + UInt8($0)) }) throws {
        for (index, discover) in sent().enumerated() { answer(discover, .offer, address(index)) }
        for (index, request) in sent().enumerated() { answer(request, .ack, address(index)) }
    }
}

struct DialogueError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
