import FastDHCP
import Glibc
import LinuxSystem
import Synchronization

/// The loop of the storm's thread. It receives frames, lets the clients act and sends frames. It waits only if there is
/// nothing else to do.
struct StormLoop: ~Copyable, Sendable {
    private var simulation: Simulation
    private let interfaces: StormInterfaces
    private let serverPID: Int32?
    private var receiveRing: ReceiveRing
    private var transmitRing: TransmitRing

    /// How many frames are received before it is time to send, and how many are sent before it is time to receive.
    private static let batchSize = 64
    private static let reportNanoseconds: UInt64 = 20_000_000
    /// How long the loop polls for a reply before it sleeps, so that its own wake-up time is not measured.
    private static let spinNanoseconds: UInt64 = 100_000
    /// How soon frames are sent again that could not leave because of a full queue.
    private static let congestionNanoseconds: UInt64 = 1_000_000

    /// Opens rings on the interfaces. Replies go to the clients' MAC addresses, none of which is an interface's own.
    init(_ plan: StormPlan, on interfaces: StormInterfaces, serverPID: Int32?) throws(StormError) {
        do throws(SystemError) {
            let receiveRing = try ReceiveRing(
                onEachOf: interfaces.identities, geometry: Self.geometry(for: interfaces), filter: .dhcpClient)
            let transmitRing = try TransmitRing(on: interfaces.first)
            self.receiveRing = receiveRing
            self.transmitRing = transmitRing
        } catch {
            throw .system(error)
        }
        simulation = Simulation(plan, interfaces: interfaces.identities.map(\.index))
        self.interfaces = interfaces
        self.serverPID = serverPID
    }

    /// One interface delivers a reply once. Several interfaces may each deliver a copy of it, so their ring is eight
    /// times as large.
    private static func geometry(for interfaces: StormInterfaces) -> RingGeometry {
        let byteCount = RingGeometry.default.byteCount * (interfaces.count == 1 ? 1 : 8)
        guard let geometry = try? RingGeometry(byteCount: byteCount) else {
            preconditionFailure("a ring of whole blocks")
        }
        return geometry
    }

    /// Plays the storm to its end, and puts the result on the board.
    mutating func run(_ board: StormBoard) {
        let ending: StormEnding
        let timesBefore = ProcessorTimes(ofServer: serverPID)
        do {
            ending = try play(board)
        } catch {
            ending = .failed("\(error)")
        }
        board.progress.withLock { $0 = StormProgress(simulation, at: BootTime.nanosecondsNow()) }
        let rings = RingLosses(
            receiveCount: (try? receiveRing.statistics().droppedCount) ?? 0,
            transmitCount: transmitRing.counters.discardedCount)
        var result = StormResult(simulation, on: interfaces.title, ending, rings)
        if let timesBefore { result.processorTimes = ProcessorTimes(ofServer: serverPID).map { $0 - timesBefore } }
        board.result.withLock { $0 = result }
    }

    private mutating func play(_ board: StormBoard) throws(SystemError) -> StormEnding {
        var polled = PollSet<1>([receiveRing.fileDescriptor])
        var nextReport: UInt64 = 0
        var wentDown = false
        var lastReply: UInt64 = 0
        try receiveRing.start()
        simulation.begin(at: BootTime.nanosecondsNow())
        while true {
            let now = BootTime.nanosecondsNow()
            simulation.advance(to: now)
            if simulation.isFinished { return .completed }
            if now >= nextReport {
                if board.cancelled.isSet { return .interrupted }
                // An interface that is deleted goes down first. Its deletion causes no event of its own.
                if wentDown, try receiveRing.takeEvent() == .interfaceGone {
                    return .failed("interface \(interfaces.title) was deleted")
                }
                if interfaces.count > 1, transmitRing.counters.lastErrorCode == ENXIO {
                    return .failed("one of the interfaces was deleted: \(interfaces.title)")
                }
                board.progress.withLock { $0 = StormProgress(simulation, at: now) }
                nextReport = now + Self.reportNanoseconds
            }
            let unsentCount = Self.send(&transmitRing, &simulation)
            guard Self.receive(&receiveRing, &simulation) == 0 else {
                lastReply = now
                continue
            }
            let wait = unsentCount > 0 ? Self.congestionNanoseconds : simulation.nanosecondsUntilNextEvent(at: now)
            // Less than a millisecond is too short for poll, so the loop goes on instead.
            guard wait >= 1_000_000, now &- lastReply >= Self.spinNanoseconds else { continue }
            try polled.wait(timeoutMilliseconds: Int32(clamping: wait / 1_000_000))
            if polled.hasError(0) { wentDown = true }
        }
    }

    /// Sends the clients' messages, at most a batch.
    /// - Returns: how many frames could not leave yet.
    @inline(__always)
    private static func send(_ ring: inout TransmitRing, _ simulation: inout Simulation) -> Int {
        var count = 0
        while count < batchSize, let interface = simulation.nextInterface {
            let now = BootTime.nanosecondsNow()
            guard ring.direct(to: interface), ring.enqueue({ simulation.writeNext(into: &$0, at: now) }) else { break }
            count += 1
        }
        return ring.flush()
    }

    /// Passes received frames to the clients, at most a batch, and returns their number.
    @inline(__always)
    private static func receive(_ ring: inout ReceiveRing, _ simulation: inout Simulation) -> Int {
        ring.receive(limit: batchSize) { frame in
            simulation.receive(
                frame.bytes, udpChecksum: frame.udpChecksum, by: frame.interfaceIndex, at: BootTime.nanosecondsNow())
        }
    }
}
