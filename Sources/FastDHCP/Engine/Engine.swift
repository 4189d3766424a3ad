import Addresses
public import LinuxSystem

/// One worker's decisions: a request, the time and the lease table go in, a decision comes out (RFC 2131 sections 3 and
/// 4).
///
/// It has no clock, no random source and does no I/O. It owns what concerns its own clients, and shares the table with
/// the other workers; a client's messages always come to the same worker.
public struct Engine: ~Copyable {
    /// At most this many changes come out of one request.
    public static let changesPerRequest = 2

    /// How many changes of one worker can be undecided at once: 0.2 s of a slow disk at 10,000 leases a second.
    public static let changesInFlightLimit = 2048

    let worker: UInt8
    let workerCount: Int
    let table: LeaseTable
    var configuration: EngineConfiguration
    var clients: ClientIndex
    var deadlines: DeadlineLists
    var wheel: WheelPosition
    var steal = StealScan()
    var deferred = DeferredMessages()
    /// The number of the last change that was given to the committer.
    var lastSequence: UInt64 = 0
    /// How many changes came back decided.
    private var resolvedCount: UInt64 = 0

    /// - Parameters:
    ///   - worker: this worker's number, below `workerCount`.
    ///   - hashKey: a number that clients cannot guess.
    ///   - now: where the expiry of leases begins.
    public init(
        worker: Int, of workerCount: Int, table: LeaseTable, configuration: EngineConfiguration, hashKey: UInt64,
        now: BootTime
    ) {
        precondition(workerCount <= 255 && (0..<workerCount).contains(worker), "a worker's number has 8 bits")
        self.worker = UInt8(worker)
        self.workerCount = workerCount
        self.table = table
        self.configuration = configuration
        clients = ClientIndex(slotCount: table.count, hashKey: hashKey)
        deadlines = DeadlineLists(slotCount: table.count)
        wheel = WheelPosition(startingAt: now)
        adoptRestored()
    }

    /// How many changes are on their way to the disk.
    @inline(__always)
    public var changesInFlight: Int { Int(lastSequence - resolvedCount) }

    /// Decides on one request.
    ///
    /// A client has the changes of one message in flight at most: until they are decided its next message waits, the
    /// newest if there are several, and then comes out of `takeDeferredMessage`.
    ///
    /// - Parameters:
    ///   - commitRoom: how many changes the committer can take now.
    ///   - reply: filled in for `.reply`, and for `.commit` when the change has one.
    @inline(__always)
    public mutating func decide(
        _ request: borrowing MessageView, now: BootTime, commitRoom: Int, reply: inout Reply
    ) -> Decision {
        if let refusal = admit(request) { return refusal }
        if request.messageType == .inform { return decideInform(request, reply: &reply) }
        if changesInFlight > 0, clients.isBusy(request.chaddr) { return postpone(request) }
        guard commitRoom >= Self.changesPerRequest else { return .silence(.committerBusy) }
        switch request.messageType {
        case .discover: return decideDiscover(request, now: now, reply: &reply)
        case .request: return decideRequest(request, now: now, reply: &reply)
        case .decline: return decideDecline(request, now: now)
        case .release: return decideRelease(request, now: now)
        case .inform, .offer, .ack, .nak: return .drop(.messageType)
        }
    }

    /// Has a message wait until the changes of its client that are in flight are decided.
    private mutating func postpone(_ request: borrowing MessageView) -> Decision {
        // What another station sends in the client's name must not take the place of what the client sent.
        guard isFromClient(request) else { return .silence(.changeInFlight) }
        if let number = clients.deferredMessage(of: request.chaddr) {
            let replaced = deferred.xid(of: number)
            return deferred.replace(number, by: request) ? .deferred(replacing: replaced) : .silence(.changeInFlight)
        }
        guard let number = deferred.append(request) else { return .silence(.changeInFlight) }
        clients.setDeferredMessage(number, of: request.chaddr)
        return .deferred(replacing: nil)
    }

    /// Whether a message that had to wait can be decided now.
    @inline(__always)
    public var hasDeferredMessage: Bool { deferred.hasReady }

    /// Takes a message that had to wait and can be decided now; to be decided before any newer message is.
    public mutating func takeDeferredMessage() -> DeferredMessage? { deferred.takeReady() }

    /// What must hold before the message type matters.
    @inline(__always)
    private func admit(_ request: borrowing MessageView) -> Decision? {
        let giaddr = request.giaddr
        guard giaddr == .unspecified else {
            guard configuration.relays.contains(giaddr) else { return .drop(.relayNotAllowed) }
            return configuration.subnet.contains(giaddr) ? nil : .silence(.foreignSubnet)
        }
        return isFromClient(request) || extendsLease(request) ? nil : .drop(.sourceMACMismatch)
    }

    /// Whether the frame came from its client's own MAC, or through an allowed relay, as far as that is checked.
    @inline(__always)
    private func isFromClient(_ request: borrowing MessageView) -> Bool {
        request.ethernetSource == request.chaddr || !configuration.checksSourceMAC || request.giaddr != .unspecified
    }

    /// Whether the message is a unicast renewal of the lease that its client holds. It may come from another MAC: through a
    /// router, or from a VM with two NICs on the bridge, which renews the lease of one through the other. The kernel of such
    /// a VM writes ciaddr or the first NIC's own address into the IP header.
    @inline(never)
    private func extendsLease(_ request: borrowing MessageView) -> Bool {
        let ciaddr = request.ciaddr
        guard request.messageType == .request, request.serverIdentifier ?? .unspecified == .unspecified,
            request.destinationAddress == configuration.serverAddress, isLeased(ciaddr, to: request.chaddr)
        else { return false }
        let source = request.sourceAddress
        return source == ciaddr || isLeased(source, to: request.ethernetSource)
    }

    /// Whether a client holds a lease of that address, be it a client of another worker.
    private func isLeased(_ address: IPv4Address, to client: MACAddress) -> Bool {
        guard let slotIndex = table.slotIndex(of: address), let owner = table.read(slotIndex)?.owner else {
            return false
        }
        return owner.state == .bound && owner.client == client
    }

    /// Whether the message may have come through a router, to which the way back leads as well: it came from another MAC
    /// than its client's, and the operator named relays or turned the check of the source off.
    @inline(__always)
    func isRouted(_ request: borrowing MessageView) -> Bool {
        request.ethernetSource != request.chaddr
            && (!configuration.relays.isEmpty || !configuration.checksSourceMAC)
    }

    /// The slot that this worker's client holds or held last, unless somebody else got it since.
    @inline(__always)
    func record(of client: MACAddress) -> (slotIndex: Int, slot: LeaseSlot)? {
        guard let slotIndex = clients.slotIndex(of: client), let slot = table.read(slotIndex),
            slot.owner.client == client, slot.owner.worker == worker
        else { return nil }
        return (slotIndex, slot)
    }

    /// Marks the slot as changing and makes the change for the committer; nil when another worker was faster.
    mutating func submit(
        _ kind: BindingChange.Kind, _ slotIndex: Int, heldAs owner: SlotOwner, for client: MACAddress,
        deadline: BootTime, holdUntil: BootTime, hasReply: Bool = false, isRelayed: Bool = false,
        patienceMilliseconds: UInt32 = BindingChange.defaultPatienceMilliseconds
    ) -> BindingChange? {
        let change = BindingChange(
            kind: kind, worker: worker, hasReply: hasReply, isRelayed: isRelayed, slotIndex: UInt32(slotIndex),
            sequence: lastSequence + 1, address: table.address(of: slotIndex),
            patienceMilliseconds: patienceMilliseconds, client: client, deadline: deadline, holdUntil: holdUntil)
        let pending = SlotOwner(client: client, worker: worker, state: change.state, isPending: true)
        let isOurs = table.update(slotIndex, ifHeldAs: owner) { slot in
            slot.owner = pending
            slot.deadline = deadline
            slot.changeSequence = change.sequence
        }
        guard isOurs else { return nil }
        lastSequence = change.sequence
        clients.beginChange(of: client)
        deadlines.remove(slotIndex)
        return change
    }

    /// Notes that the committer has decided one of the changes in flight.
    @inline(__always)
    mutating func markResolved(_ sequence: UInt64) {
        precondition(sequence <= lastSequence && resolvedCount < lastSequence, "a change is decided once")
        resolvedCount += 1
    }
}
