import Addresses
public import LinuxSystem

/// The decisions of one worker: takes a request, the time and the lease table, and returns a decision (RFC 2131
/// sections 3 and 4).
///
/// The engine has no clock and no random source, and does no I/O. It owns the state of its own clients, and shares the
/// table with the other workers. All messages of a client come to the same worker.
public struct Engine: ~Copyable {
    /// The most changes that one request leads to.
    public static let changesPerRequest = 2

    /// How many changes of one worker can be undecided at once: enough for 10,000 leases a second while the disk takes
    /// 0.2 s.
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
    /// The addresses that former policies reserved, as far as `returnAddresses` has not come to them.
    var formerReservations: [Dictionary<IPv4Address, MACAddress>.Keys.Iterator] = []
    /// The number of the last change that was given to the committer.
    var lastSequence: UInt64 = 0
    /// How many changes the committer has decided.
    private var resolvedCount: UInt64 = 0

    /// - Parameters:
    ///   - worker: this worker's number, below `workerCount`.
    ///   - hashKey: a number that clients cannot guess.
    ///   - now: when the wheel of leases starts.
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

    /// How many changes the committer has not decided yet.
    @inline(__always)
    public var changesInFlight: Int { Int(lastSequence - resolvedCount) }

    /// Decides about one request.
    ///
    /// Only the changes of one message of a client are in flight at a time. Until they are decided, the client's next
    /// message waits; if there are several, the newest one waits. `takeDeferredMessage` returns it afterwards.
    ///
    /// - Parameters:
    ///   - commitRoom: how many changes the committer can take now.
    ///   - reply: filled in for `.reply`, and for `.commit` when the change has a reply.
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

    /// Keeps a message until the changes in flight for its client are decided.
    private mutating func postpone(_ request: borrowing MessageView) -> Decision {
        // A message that another host sends in the client's name must not replace one that the client sent itself.
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

    /// Removes and returns a message that had to wait and can be decided now. Decide it before any newer message.
    public mutating func takeDeferredMessage() -> DeferredMessage? { deferred.takeReady() }

    /// Checks the conditions that do not depend on the message type. Nil if the message passes.
    @inline(__always)
    private func admit(_ request: borrowing MessageView) -> Decision? {
        let giaddr = request.giaddr
        guard giaddr == .unspecified else {
            guard configuration.relays.contains(giaddr) else { return .drop(.relayNotAllowed) }
            return configuration.subnet.contains(giaddr) ? nil : .silence(.foreignSubnet)
        }
        return isFromClient(request) || extendsLease(request) ? nil : .drop(.sourceMACMismatch)
    }

    /// Whether the frame came from the client's own MAC or through an allowed relay. Always true when the source MAC is
    /// not checked.
    @inline(__always)
    private func isFromClient(_ request: borrowing MessageView) -> Bool {
        request.ethernetSource == request.chaddr || !configuration.checksSourceMAC || request.giaddr != .unspecified
    }

    /// Whether the message is a unicast renewal of the lease that its client holds. Such a message may come from
    /// another MAC: through a router, or from a VM with two NICs on the bridge, which renews the lease of one NIC
    /// through the other. The kernel of such a VM puts ciaddr or the first NIC's own address into the IP header as the
    /// source.
    @inline(never)
    private func extendsLease(_ request: borrowing MessageView) -> Bool {
        let ciaddr = request.ciaddr
        guard request.messageType == .request, request.serverIdentifier ?? .unspecified == .unspecified,
            request.destinationAddress == configuration.serverAddress, isLeased(ciaddr, to: request.chaddr)
        else { return false }
        let source = request.sourceAddress
        return source == ciaddr || isLeased(source, to: request.ethernetSource)
    }

    /// Whether a client, of this or another worker, holds a lease of an address.
    private func isLeased(_ address: IPv4Address, to client: MACAddress) -> Bool {
        guard let slotIndex = table.slotIndex(of: address), let owner = table.read(slotIndex)?.owner else {
            return false
        }
        return owner.state == .bound && owner.client == client
    }

    /// Whether the message may have come through a router, so that the reply must go back through it. That is so if it
    /// came from a MAC other than its client's, and the operator named relays or turned off the check of the source
    /// MAC.
    @inline(__always)
    func isRouted(_ request: borrowing MessageView) -> Bool {
        request.ethernetSource != request.chaddr
            && (!configuration.relays.isEmpty || !configuration.checksSourceMAC)
    }

    /// The slot that this worker's client holds or held last, unless another client got it in the meantime.
    @inline(__always)
    func record(of client: MACAddress) -> (slotIndex: Int, slot: LeaseSlot)? {
        guard let slotIndex = clients.slotIndex(of: client), let slot = table.read(slotIndex),
            slot.owner.client == client, slot.owner.worker == worker
        else { return nil }
        return (slotIndex, slot)
    }

    /// The slot of an address that the client has or had last.
    ///
    /// A crash in the middle of a move leaves a client with two leases, and only the client knows which one it uses. The
    /// one that it names becomes its present one; the other ends when its time is over.
    mutating func recall(_ address: IPv4Address, of client: MACAddress) -> (slotIndex: Int, slot: LeaseSlot)? {
        if let record = record(of: client), table.address(of: record.slotIndex) == address { return record }
        guard let slotIndex = table.slotIndex(of: address), let slot = ownSlot(slotIndex), slot.owner.client == client,
            slot.owner.state == .bound, !slot.owner.isPending
        else { return nil }
        clients.assign(slotIndex, to: client)
        return (slotIndex, slot)
    }

    /// Marks the slot as changing and creates the change for the committer. Nil when another worker was faster.
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

    /// Records that the committer has decided one of the changes in flight.
    @inline(__always)
    mutating func markResolved(_ sequence: UInt64) {
        precondition(sequence <= lastSequence && resolvedCount < lastSequence, "a change is decided once")
        resolvedCount += 1
    }
}
