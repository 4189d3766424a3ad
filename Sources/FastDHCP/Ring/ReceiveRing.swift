import CFastDHCP
import Glibc
public import LinuxSystem
import SystemPackage

/// Receives the frames of one interface. The kernel puts them into memory that it shares with this program
/// (PACKET_RX_RING, TPACKET_V2).
///
/// One thread uses a ring. It waits for ``fileDescriptor`` with poll, then takes frames with ``receive(limit:_:)``
/// until that returns less than its limit. The ring is V2, not V3: V3 hands over whole blocks, and delays a lone frame
/// until its block times out.
public struct ReceiveRing: ~Copyable, Sendable {
    private let socket: PacketSocket
    private let slots: FrameSlots
    private let filter: PacketFilter
    private let stations: Stations
    /// The slot to read next: the kernel has filled it or fills it next.
    private var index = 0

    /// Frames for another station, which were skipped. VLAN-tagged frames arrive as such.
    public private(set) var otherHostCount: UInt64 = 0
    /// Frames that leave through the interface, which were skipped.
    public private(set) var outgoingCount: UInt64 = 0

    /// The descriptor to wait for. It is readable while frames are waiting, and in error when there is an event to
    /// take.
    public var fileDescriptor: Int32 { socket.fileDescriptor }

    /// Opens a ring that lets nothing in until ``start()``.
    ///
    /// - Parameter group: the workers' group, which the ring joins as its next member. Start no ring before all have
    ///   joined: until then the kernel distributes clients over fewer workers.
    public init(
        on interface: InterfaceIdentity, geometry: RingGeometry = .default, filter: PacketFilter,
        for stations: Stations = .own, joining group: inout FanoutGroup
    ) throws(SystemError) {
        try self.init([interface], geometry, filter, stations, &group)
    }

    private init(
        _ interfaces: [InterfaceIdentity], _ geometry: RingGeometry, _ filter: PacketFilter, _ stations: Stations,
        _ group: inout FanoutGroup
    ) throws(SystemError) {
        do {
            let socket = try PacketSocket()
            let slots = try socket.makeRing(PACKET_RX_RING, geometry)
            try PacketFilter.dropAll.attach(to: socket.fileDescriptor)
            // A socket for ETH_P_IP never sees outgoing frames anyway. This option keeps it so if that ever changes.
            try SystemCall.setsockopt(socket.fileDescriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, Int32(1))
            if stations == .all {
                for interface in interfaces { try socket.becomePromiscuous(on: interface) }
            }
            try socket.bind(to: interfaces.count == 1 ? interfaces[0] : nil, etherType: ETH_P_IP)
            try group.join(socket.fileDescriptor)
            self.socket = socket
            self.slots = slots
            self.filter = filter
            self.stations = stations
        } catch {
            let place = interfaces.count == 1 ? interfaces[0].name : "\(interfaces.count) interfaces"
            throw error.during("receive ring of \(geometry.byteCount) bytes on \(place)")
        }
    }

    /// Opens a ring that lets nothing in until ``start()``, for an interface with one worker.
    public init(
        on interface: InterfaceIdentity, geometry: RingGeometry = .default, filter: PacketFilter,
        for stations: Stations = .own
    ) throws(SystemError) {
        var group = FanoutGroup(memberCount: 1)
        try self.init(on: interface, geometry: geometry, filter: filter, for: stations, joining: &group)
    }

    /// Opens one ring for many interfaces. It takes frames for all stations, and lets nothing in until ``start()``.
    ///
    /// Frames of the namespace's other interfaces arrive too: check ``ReceivedFrame/interfaceIndex``. The ring has no
    /// events, so interfaces may come and go unnoticed.
    public init(
        onEachOf interfaces: [InterfaceIdentity], geometry: RingGeometry = .default, filter: PacketFilter
    ) throws(SystemError) {
        var group = FanoutGroup(memberCount: 1)
        try self.init(interfaces, geometry, filter, .all, &group)
    }

    /// Lets frames in from now on. Frames that arrived earlier are discarded.
    public mutating func start() throws(SystemError) {
        while receive(limit: 64, { _ in }) > 0 {}
        try filter.attach(to: socket.fileDescriptor)
    }

    /// Calls `body` with up to `limit` waiting frames, one by one, and gives each slot back to the kernel at once.
    ///
    /// - Returns: How many slots were emptied, skipped frames included. Less than `limit` means that no more frames
    ///   wait.
    @inline(__always)
    public mutating func receive(limit: Int, _ body: (borrowing ReceivedFrame) -> Void) -> Int {
        var emptied = 0
        while emptied < limit {
            let status = slots.status(index)
            guard status & UInt32(TP_STATUS_USER) != 0 else { break }
            take(status, body)
            slots.setStatus(index, UInt32(TP_STATUS_KERNEL))
            index = slots.next(index)
            emptied &+= 1
        }
        return emptied
    }

    /// Calls `body` with the frame at `index`, unless the frame is to be skipped. This program must own the slot.
    @inline(__always)
    private mutating func take(_ status: UInt32, _ body: (borrowing ReceivedFrame) -> Void) {
        // SAFETY: the slot is ours until its status is set. Header and address end at byte 52, and a slot has at least
        // 512 bytes. The end of the frame is checked.
        let slot = unsafe UnsafeRawBufferPointer(slots.unsafeBytes(index))
        let header = unsafe slot.load(as: tpacket2_hdr.self)
        let address = unsafe slot.load(
            fromByteOffset: CFastDHCP_TPACKET2_SOCKADDR_OFFSET, as: sockaddr_ll.self)
        switch Int32(address.sll_pkttype) {
        case PACKET_OTHERHOST where stations == .own:
            otherHostCount &+= 1
            return
        case PACKET_OUTGOING, PACKET_LOOPBACK:
            outgoingCount &+= 1
            return
        default: break
        }
        let start = Int(header.tp_mac)
        let end = start &+ Int(header.tp_snaplen)
        precondition(end <= slot.count, "the kernel wrote past the end of a slot")
        let bytes = unsafe Span<UInt8>(_unsafeBytes: slot[start..<end])
        body(
            ReceivedFrame(
                bytes: bytes, udpChecksum: UDPChecksumState(receiveStatus: status),
                interfaceIndex: address.sll_ifindex))
    }
}

extension ReceiveRing {
    /// The stations whose unicast frames a ring takes.
    public enum Stations: Sendable {
        /// Only those of the interface itself.
        case own
        /// Those of all stations, for a load generator that plays many stations on one interface. VLAN-tagged frames
        /// are among them.
        case all
    }

    /// The kernel's counts for this ring since the last call.
    public mutating func statistics() throws(SystemError) -> RingStatistics {
        var counts = tpacket_stats()
        try SystemCall.getsockopt(fileDescriptor, SOL_PACKET, PACKET_STATISTICS, into: &counts)
        // The kernel's packet count includes the frames that it dropped.
        return RingStatistics(
            receivedCount: UInt64(counts.tp_packets &- counts.tp_drops), droppedCount: UInt64(counts.tp_drops)
        )
    }

    /// Takes the event that made poll report an error, if one is pending.
    public mutating func takeEvent() throws(SystemError) -> RingEvent? {
        let code = try socket.takeError()
        if try socket.interfaceIndex() < 0 { return .interfaceGone }
        return code == .networkDown ? .linkDown : nil
    }
}

/// The kernel's counts for a receive ring. They cover only frames that passed the filter.
public struct RingStatistics: Equatable, Sendable {
    /// Frames that were put into the ring.
    public var receivedCount: UInt64
    /// Frames that were lost because the ring was full.
    public var droppedCount: UInt64

    public init(receivedCount: UInt64 = 0, droppedCount: UInt64 = 0) {
        self.receivedCount = receivedCount
        self.droppedCount = droppedCount
    }
}

/// An event of a ring's interface.
public enum RingEvent: Equatable, Sendable {
    /// The interface went down. The ring remains usable and continues by itself when the interface comes up again.
    ///
    /// A deleted interface goes down first. Its deletion a moment later causes no further event, so ask again while it
    /// is down, or watch netlink.
    case linkDown
    /// The interface was deleted. This ring gets no more frames: close it and open one on the new interface.
    case interfaceGone
}
