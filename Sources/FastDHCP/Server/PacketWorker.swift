import Addresses
import LinuxSystem

/// What a worker needs to serve an interface. Created anew each time an interface is attached.
struct WorkerAttachment: ~Copyable {
    var receive: ReceiveRing
    var transmitter: ReplyTransmitter
    let interface: InterfaceIdentity
}

/// One packet thread: passes frames from its ring to its handler, sleeps when there are none, and does periodic work.
struct PacketWorker: ~Copyable {
    /// How many frames are processed before replies are sent and the committer is woken.
    private static let batchSize = 64
    /// How often to look for offers and leases that have expired.
    private static let tickMilliseconds: UInt64 = 1000
    /// How soon to look again while a queue is full: the queue of outgoing replies, or that of changes to commit.
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
    /// The descriptor to wait for while frames must wait in the ring.
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

    /// Serves until the stop command.
    mutating func run() {
        while takeCommand() {
            let now = handler.outlet.beginRound()
            if policies.generation != handler.engine.policyGeneration { handler.engine.adopt(policies.present) }
            if handler.engine.hasAddressesToReturn { handler.engine.returnAddresses() }
            let lastChange = handler.engine.lastSequence
            handler.takeCompletions(now: now)
            let frameCount = serveBatch(now: now)
            if control.isWaiting { takeOrders(now: now) }
            if now >= nextTick { tick(now: now) }
            if handler.engine.lastSequence > lastChange { committer.signal() }
            if frameCount == 0 { sleep(from: now) }
        }
    }

    /// - Returns: false when the thread is to stop.
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

    /// How many frames can be processed now. While the committer has no room, frames wait in the ring. If a frame were
    /// dropped here, its client would send it again only after seconds (RFC 2131 section 4.1).
    @inline(__always)
    private var frameRoom: Int { min(Self.batchSize, handler.commitRoom / Engine.changesPerRequest) }

    /// - Returns: how many frames were processed, at most one batch.
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
            policies.generation == handler.engine.policyGeneration, !handler.engine.hasAddressesToReturn
        else { return }
        // The sets are valid and the descriptors are open, so a wait can fail only because the kernel is out of memory.
        // Then the next round tries again.
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

    /// Handles an event of the ring. If the interface went down, the ring stays and works again when the interface is
    /// up. If the interface was deleted, the ring is closed, and the control side sends a new one.
    private mutating func takeRingEvent() {
        guard receive != nil, let event = try? receive!.takeEvent(), event == .interfaceGone else { return }
        countRing()
        polled.replace(1, with: -1)
        receive = nil
        handler.outlet.replies.transmitter = nil
        interface = nil
    }

    /// Does periodic work. If the committer has no room for all of it, the next round tries again.
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

/// Adds a ring's own counts to the worker's counters, each count once.
private struct RingTally {
    private var otherHostCount: UInt64 = 0
    private var outgoingCount: UInt64 = 0

    /// Adds what the ring has counted since the last call.
    mutating func add(_ ring: inout ReceiveRing, to counters: WorkerCounters) {
        // This fails only when the socket is gone, and then there is nothing to count.
        if let statistics = try? ring.statistics() { counters.count(statistics) }
        counters.countDrop(.otherHost, by: ring.otherHostCount - otherHostCount)
        counters.countDrop(.outgoing, by: ring.outgoingCount - outgoingCount)
        otherHostCount = ring.otherHostCount
        outgoingCount = ring.outgoingCount
    }
}
