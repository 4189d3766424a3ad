import Addresses
import FastDHCP
import Glibc
import LinuxSystem

/// One worker with its clients.
struct Traffic: ~Copyable {
    private var worker: StressWorker
    private let table: LeaseTable
    private let clients: StressClients
    private let own: [Int]
    private var numbers: SeededNumbers
    private var tally = LocalTally()

    init(worker: consuming StressWorker, table: LeaseTable, clients: StressClients, own: [Int], seed: UInt64) {
        self.worker = worker
        self.table = table
        self.clients = clients
        self.own = own
        numbers = SeededNumbers(seed: seed)
    }

    /// Serves until the phase changes, and then until all changes are decided.
    mutating func run(_ phase: SharedNumber) -> LocalTally {
        var round = 0
        while phase.value == 0 {
            takeCompletions()
            step(own[Int(numbers.next() % UInt64(own.count))])
            round += 1
            if round % 64 == 0 { worker.expire(now: now) }
            // Otherwise, on a small machine, the queue would be full before the committer runs.
            if worker.changesInFlight > 8 { sched_yield() }
        }
        while worker.changesInFlight > 0 {
            takeCompletions()
            sched_yield()
        }
        return tally
    }

    private mutating func takeCompletions() {
        worker.takeCompletions(now: now) { [table, clients] reply in
            if reply.messageType == .ack { clients.receive(reply, table) }
        }
    }

    private var now: BootTime { BootTime(milliseconds: clients.clock.value) }

    /// A client takes a random step.
    private mutating func step(_ client: Int) {
        let choice = numbers.next() % 16
        if let slotIndex = clients.slotIndex(of: client) {
            let address = table.address(of: slotIndex)
            switch choice {
            case 0, 1: leave(client, address, .release)
            case 2: leave(client, address, .decline)
            case 3: send(client, .discover)
            case 4: send(client, .inform, ciaddr: address)
            default: send(client, .request, ciaddr: address)
            }
        } else {
            let any = table.address(of: Int(numbers.next() % UInt64(table.count)))
            switch choice {
            case 0: select(any, client)
            case 1: send(client, .request, ciaddr: any)
            case 2: send(client, .request, requested: any)
            case 3: send(client, .discover, rapidCommit: true)
            default:
                if let offered = send(client, .discover) { select(offered, client) }
            }
        }
    }

    private mutating func select(_ address: IPv4Address, _ client: Int) {
        // The client starts a new conversation and ignores what it was told before.
        clients.hangUp(client)
        send(client, .request, requested: address, selects: true)
    }

    private mutating func leave(_ client: Int, _ address: IPv4Address, _ type: MessageType) {
        clients.hangUp(client)
        tally[type == .release ? .releases : .declines] += 1
        send(
            client, type, ciaddr: type == .release ? address : .unspecified, requested: type == .decline ? address : nil
        )
    }

    /// - Returns: the address that is offered, if one is.
    @discardableResult
    private mutating func send(
        _ client: Int, _ type: MessageType, ciaddr: IPv4Address = .unspecified, requested: IPv4Address? = nil,
        selects: Bool = false, rapidCommit: Bool = false
    ) -> IPv4Address? {
        var request = Request(type, chaddr: StressClients.mac(client), xid: clients.xid(client))
        request.ciaddr = ciaddr
        request.sourceAddress = ciaddr
        request.requestedIPAddress = requested
        request.serverIdentifier = selects ? StressWorker.server : nil
        request.hasRapidCommit = rapidCommit
        tally[.messages] += 1
        switch worker.serve(request, now: now) {
        case .committing: return nil
        case .silent: tally[.silences] += 1
        case .answered(let reply): return take(reply, client, isInform: type == .inform)
        }
        return nil
    }

    private mutating func take(_ reply: Reply, _ client: Int, isInform: Bool) -> IPv4Address? {
        switch reply.messageType {
        case .offer:
            tally[.offers] += 1
            return reply.yiaddr
        case .nak:
            tally[.naks] += 1
            clients.hangUp(client)
        default:
            tally[.acks] += 1
            if !isInform { clients.receive(reply, table) }
        }
        return nil
    }
}

/// Random numbers from a seed: SplitMix64.
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
