import FastDHCP
import Synchronization

/// What the storm's thread does: it receives, lets the clients act and sends, and waits only when nothing
/// else is to be done.
struct StormLoop: ~Copyable, Sendable {
    private var simulation: Simulation
    private let interface: InterfaceIdentity
    private var receiveRing: ReceiveRing
    private var transmitRing: TransmitRing

    /// How many frames are received, and how many are sent, before it is the other side's turn.
    private static let batchSize = 64
    private static let reportNanoseconds: UInt64 = 20_000_000
    /// How long it looks for a reply before it sleeps, so that what is measured is not its own waking up.
    private static let spinNanoseconds: UInt64 = 100_000
    /// How soon frames are tried again that a full queue kept from leaving.
    private static let congestionNanoseconds: UInt64 = 1_000_000

    /// Opens rings on `interface`. Replies go to the clients' addresses, none of which is the interface's
    /// own.
    init(_ plan: StormPlan, on interface: InterfaceIdentity) throws(StormError) {
        let filter: PacketFilter
        do { filter = try PacketFilter(compiling: "udp dst port 68") } catch { throw .filter(error) }
        do throws(SystemError) {
            let receiveRing = try ReceiveRing(on: interface, filter: filter, for: .all)
            let transmitRing = try TransmitRing(on: interface)
            self.receiveRing = receiveRing
            self.transmitRing = transmitRing
        } catch {
            throw .system(error)
        }
        simulation = Simulation(plan)
        self.interface = interface
    }

    /// Plays the storm to its end, and leaves the result on the board.
    mutating func run(_ board: StormBoard) {
        let ending: StormEnding
        do {
            ending = try play(board)
        } catch {
            ending = .failed("\(error)")
        }
        board.progress.withLock { $0 = StormProgress(simulation, at: BootTime.nanosecondsNow()) }
        let rings = RingLosses(
            receiveCount: (try? receiveRing.statistics().droppedCount) ?? 0,
            transmitCount: transmitRing.counters.discardedCount)
        board.result.withLock { $0 = StormResult(simulation, on: interface.name, ending, rings) }
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
                // An interface that is deleted goes down first, and its deletion makes no event of its own.
                if wentDown, try receiveRing.takeEvent() == .interfaceGone {
                    return .failed("interface \(interface.name) was deleted")
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
            // Less than a millisecond is too short for poll, and is spent going round.
            guard wait >= 1_000_000, now &- lastReply >= Self.spinNanoseconds else { continue }
            try polled.wait(timeoutMilliseconds: Int32(clamping: wait / 1_000_000))
            if polled.hasError(0) { wentDown = true }
        }
    }

    /// Sends what the clients have to say, up to a batch.
    /// - Returns: how many frames could not leave yet.
    @inline(__always)
    private static func send(_ ring: inout TransmitRing, _ simulation: inout Simulation) -> Int {
        var count = 0
        while simulation.hasOutgoing, count < batchSize {
            let now = BootTime.nanosecondsNow()
            guard ring.enqueue({ simulation.writeNext(into: &$0, at: now) }) else { break }
            count += 1
        }
        return ring.flush()
    }

    /// Hands waiting frames to the clients, up to a batch, and says how many there were.
    @inline(__always)
    private static func receive(_ ring: inout ReceiveRing, _ simulation: inout Simulation) -> Int {
        ring.receive(limit: batchSize) { frame in
            simulation.receive(frame.bytes, udpChecksum: frame.udpChecksum, at: BootTime.nanosecondsNow())
        }
    }
}
