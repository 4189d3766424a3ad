import Addresses
import LinuxSystem

/// What a worker needs of an interface; made anew when the interface is.
struct WorkerAttachment: ~Copyable {
    var receive: ReceiveRing
    var transmitter: ReplyTransmitter
    let interface: InterfaceIdentity
}

/// One packet thread: takes frames from its ring to its handler, sleeps when there are none, and looks at the clock.
struct PacketWorker: ~Copyable {
    /// How many frames are worked on before replies leave and the committer is woken.
    private static let batchSize = 64
    /// How often offers and leases are looked at that may be over.
    private static let tickMilliseconds: UInt64 = 1000
    /// How soon to look again while a queue is full: that of replies on their way out, or that of changes to commit.
    private static let fullQueueMilliseconds: Int32 = 1

    typealias Handler = PacketHandler<WorkerOutlet<DetachableReplies>>

    private var handler: Handler
    private var receive: ReceiveRing?
    private var interface: InterfaceIdentity?
    private let commands: CommandSlot<WorkerAttachment>
    private let control: ControlQueue
    private let policies: PolicyVersions
    private let committer: WakeUp
    private var polled: PollSet<2>
    /// What is waited for while frames have to.
    private var completionsPolled: PollSet<1>
    private var nextTick = BootTime(milliseconds: 0)
    private var tally = RingTally()

    init(
        handler: consuming Handler, commands: CommandSlot<WorkerAttachment>, control: ControlQueue,
        policies: PolicyVersions, committer: WakeUp
    ) {
        polled = PollSet([handler.commits.worker.fileDescriptor, -1])
        completionsPolled = PollSet([handler.commits.worker.fileDescriptor])
        self.handler = handler
        self.commands = commands
        self.control = control
        self.policies = policies
        self.committer = committer
    }

    /// Serves until it is told to stop.
    mutating func run() {
        while takeCommand() {
            let now = handler.outlet.beginRound()
            if policies.generation != handler.engine.policyGeneration { handler.engine.adopt(policies.present) }
            let lastChange = handler.engine.lastSequence
            handler.takeCompletions(now: now)
            let frameCount = serveBatch(now: now)
            if control.isWaiting { takeOrders(now: now) }
            if now >= nextTick { tick(now: now) }
            if handler.engine.lastSequence > lastChange { committer.signal() }
            if frameCount == 0 { sleep(from: now) }
        }
    }

    /// - Returns: false when the work is over.
    private mutating func takeCommand() -> Bool {
        guard let command = commands.take() else { return true }
        switch consume command {
        case .stop:
            return false
        case .attach(let attachment):
            countRing()
            polled.replace(1, with: attachment.receive.fileDescriptor)
            interface = attachment.interface
            handler.outlet.replies.transmitter = consume attachment.transmitter
            receive = consume attachment.receive
            tally = RingTally()
            return true
        }
    }

    private mutating func takeOrders(now: BootTime) {
        while let order = control.takeFirst() { handler.take(order, now: now) }
    }

    /// How many frames can be worked on now. While the committer has no room they wait in the ring: what was dropped here
    /// would come again only after seconds (RFC 2131 section 4.1).
    @inline(__always)
    private var frameRoom: Int { min(Self.batchSize, handler.commitRoom / Engine.changesPerRequest) }

    /// - Returns: how many frames were waiting, up to the size of a batch.
    @inline(__always)
    private mutating func serveBatch(now: BootTime) -> Int {
        guard receive != nil, let address = interface?.address else { return 0 }
        let limit = frameRoom
        guard limit > 0 else { return 0 }
        let frameCount = Self.serve(&receive!, limit: limit, to: &handler, interface: address, now: now)
        if frameCount > 0 || handler.outlet.replies.hasUnsent { handler.outlet.flush() }
        return frameCount
    }

    @inline(__always)
    private static func serve(
        _ receive: inout ReceiveRing, limit: Int, to handler: inout Handler, interface: MACAddress, now: BootTime
    ) -> Int {
        receive.receive(limit: limit) { frame in
            handler.serve(frame.bytes, udpChecksum: frame.udpChecksum, interface: interface, now: now)
        }
    }

    /// Waits for a frame, a completion or an order, at most until the next tick.
    private mutating func sleep(from now: BootTime) {
        let wakeUp = handler.commits.worker
        wakeUp.prepareToSleep()
        defer { wakeUp.clear() }
        guard handler.commits.completions.count == 0, !commands.isWaiting, !control.isWaiting,
            policies.generation == handler.engine.policyGeneration
        else { return }
        // The sets are valid and the descriptors are open: the only failures left are the kernel's want of memory, and
        // then the next round tries again.
        guard frameRoom > 0 else {
            _ = try? completionsPolled.wait(timeoutMilliseconds: Self.fullQueueMilliseconds)
            return
        }
        let nextLook = min(nextTick, handler.nextOrderDeadline)
        let untilLook = Int32(clamping: nextLook.millisecondsSince(now))
        let timeout = handler.outlet.replies.hasUnsent ? Self.fullQueueMilliseconds : max(untilLook, 1)
        _ = try? polled.wait(timeoutMilliseconds: timeout)
        if polled.hasError(1) { takeRingEvent() }
    }

    /// The interface went down, and up again later by itself, or was deleted: then the control side sends a new one.
    private mutating func takeRingEvent() {
        guard receive != nil, let event = try? receive!.takeEvent(), event == .interfaceGone else { return }
        countRing()
        polled.replace(1, with: -1)
        receive = nil
        handler.outlet.replies.transmitter = nil
        interface = nil
    }

    /// Does what the clock asks for. What the committer has no room for is tried again in the next round.
    private mutating func tick(now: BootTime) {
        handler.outlet.counters.countTick()
        countRing()
        if handler.expire(now: now) { nextTick = now + Self.tickMilliseconds }
    }

    private mutating func countRing() {
        guard receive != nil else { return }
        tally.add(&receive!, to: handler.outlet.counters)
    }
}

/// Adds a ring's own counts to the worker's counters, each once.
private struct RingTally {
    private var otherHostCount: UInt64 = 0
    private var outgoingCount: UInt64 = 0

    /// Adds what the ring has counted since the last time.
    mutating func add(_ ring: inout ReceiveRing, to counters: WorkerCounters) {
        // It fails only when the socket is gone, and then there is nothing to count.
        if let statistics = try? ring.statistics() { counters.count(statistics) }
        counters.countDrop(.otherHost, by: ring.otherHostCount - otherHostCount)
        counters.countDrop(.outgoing, by: ring.outgoingCount - outgoingCount)
        otherHostCount = ring.otherHostCount
        outgoingCount = ring.outgoingCount
    }
}
