/// All clients of a storm as one pure state machine: its inputs are received frames and the time, its outputs are
/// frames to send.
///
/// It has no clock, no socket and no source of randomness except the plan's seed. It allocates all memory at the start.
/// Times are in nanoseconds on one clock that never goes back. The caller starts with ``begin(at:)`` and then repeats:
/// ``receive(_:udpChecksum:by:at:)`` for each frame, ``advance(to:)``, ``writeNext(into:at:)`` while ``hasOutgoing``,
/// and a wait of at most ``nanosecondsUntilNextEvent(at:)``.
package struct Simulation: ~Copyable, Sendable {
    package let plan: StormPlan
    let identities: ClientIdentities
    let noise: SeededNoise
    let backOff: BackOff
    let timeoutNanoseconds: UInt64
    /// The caller's numbers of the interfaces that the clients are behind. Client n is behind the interface at index n
    /// modulo their count.
    private let interfaces: [Int32]

    var clients: [SimulatedClient]
    var timers: TimerWheel
    /// Clients with a message to send.
    var outbox: IndexQueue
    /// How many clients need a lease before their first round.
    package internal(set) var preparationCount = 0
    /// Clients that can begin a round.
    var ready: IndexQueue
    /// Clients in a round.
    var activeCount = 0
    var holders: AddressBook
    var pacer: LoadPacer

    package internal(set) var phase = StormPhase.preparing
    package internal(set) var tally = StormTally()
    package internal(set) var latencies: Latencies
    /// When the measured rounds began, and when the last of them was completed.
    package internal(set) var start: UInt64 = 0
    package internal(set) var lastCompletion: UInt64 = 0
    /// When a round was last completed, or last began while no other round was active.
    var lastProgress: UInt64 = 0

    /// - Precondition: the plan's numbers are within the limits of ``StormPlan``.
    /// - Parameter interfaces: at least one.
    package init(_ plan: StormPlan, interfaces: [Int32] = [0]) {
        precondition(!interfaces.isEmpty, "clients need an interface")
        precondition((1...StormPlan.clientLimit).contains(plan.clientCount), "1 to \(StormPlan.clientLimit) clients")
        let times = [plan.timeout, plan.firstBackOff, plan.duration ?? .zero]
        precondition(times.allSatisfy { (.zero...StormPlan.timeLimit).contains($0) }, "times of at most a day")
        self.plan = plan
        self.interfaces = interfaces
        identities = ClientIdentities(seed: plan.seed)
        noise = SeededNoise(seed: ~plan.seed)
        backOff = BackOff(firstNanoseconds: plan.firstBackOff.nanoseconds)
        timeoutNanoseconds = plan.timeout.nanoseconds
        clients = Self.clients(of: plan)
        latencies = Latencies(of: plan.mix)
        timers = TimerWheel(clientCount: plan.clientCount)
        outbox = IndexQueue(capacity: plan.clientCount)
        ready = IndexQueue(capacity: plan.clientCount)
        holders = AddressBook(clientCount: plan.clientCount)
        pacer = LoadPacer(plan.shape, from: 0, for: nil)
    }

    private static func clients(of plan: StormPlan) -> [SimulatedClient] {
        let pattern = plan.mix.pattern
        var clients = Array(repeating: SimulatedClient(), count: plan.clientCount)
        for index in clients.indices { clients[index].scenario = pattern[index % pattern.count] }
        return clients
    }

    package var isFinished: Bool { phase == .finished }
    /// Whether there may be a message to write.
    package var hasOutgoing: Bool { !outbox.isEmpty }
    /// The interface through which the next message leaves; nil if there is no message.
    package var nextInterface: Int32? {
        guard let index = outbox.first else { return nil }
        return interface(of: index)
    }

    /// The interface that a client is behind.
    @inline(__always)
    func interface(of index: Int) -> Int32 {
        interfaces.count == 1 ? interfaces[0] : interfaces[index % interfaces.count]
    }
}

/// The phase of a storm.
package enum StormPhase: Sendable {
    /// Clients get the lease that their scenario begins with.
    case preparing
    case measuring
    case finished
}

extension Duration {
    /// Whole nanoseconds of a duration from zero to ``StormPlan/timeLimit``.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
