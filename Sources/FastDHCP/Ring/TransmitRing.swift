import CFastDHCP
import Glibc
public import LinuxSystem

/// Sends frames through one interface, from memory shared with the kernel (PACKET_TX_RING, TPACKET_V2).
///
/// One thread uses a ring. Frames leave strictly in the order in which they were enqueued. A frame keeps its slot while
/// it is in a queue behind the interface. When the ring wraps around to such a slot, the ring is full. The ring's
/// socket receives nothing. Nothing here allocates after `init`.
public struct TransmitRing: ~Copyable, Sendable {
    let socket: PacketSocket
    let slots: FrameSlots
    /// The longest frame that the interface and a slot can hold, in bytes, Ethernet header included.
    public let frameByteLimit: Int

    /// The slot for the next frame.
    var index = 0
    /// The oldest slot that the kernel may not have taken. The kernel continues there at the next kick.
    var unsentIndex = 0
    /// The number of frames from `unsentIndex` up to `index`.
    public internal(set) var unsentCount = 0
    /// The size of those frames, in bytes.
    var unsentByteCount = 0
    /// How many kicks in a row sent nothing although frames were waiting.
    var fruitlessKickCount = 0
    /// The interface that the socket is bound to, and the interface through which the unsent frames leave.
    let boundIndex: Int32
    var interfaceIndex: Int32

    public internal(set) var counters = TransmitCounters()

    /// Opens a ring of `geometry` that sends on `interface`.
    public init(on interface: InterfaceIdentity, geometry: RingGeometry = .default) throws(SystemError) {
        do {
            let socket = try PacketSocket()
            // Without this option, one frame that the kernel refuses (for example after the MTU shrank) would block all
            // frames behind it forever.
            try SystemCall.setsockopt(socket.fileDescriptor, SOL_PACKET, PACKET_LOSS, Int32(1))
            let slots = try socket.makeRing(PACKET_TX_RING, geometry)
            try socket.bind(to: interface, etherType: 0)
            try Self.raiseSendBuffer(socket.fileDescriptor, geometry)
            self.socket = socket
            self.slots = slots
            boundIndex = interface.index
            interfaceIndex = interface.index
        } catch {
            throw error.during("transmit ring of \(geometry.byteCount) bytes on \(interface.name)")
        }
        frameByteLimit = min(
            interface.mtu + Int(ETH_HLEN), geometry.frameByteCount - CFastDHCP_TPACKET2_TX_DATA_OFFSET)
    }

    /// Lets `body` write a frame into the next free slot. The frame leaves with the next ``flush()``.
    ///
    /// `body` gets ``frameByteLimit`` bytes, which hold leftovers of an older frame. It returns how many bytes it
    /// wrote, or 0 to send nothing.
    /// - Returns: False when the ring is full, because the kernel has not freed a slot. `body` is not called then.
    @inline(__always)
    @discardableResult
    public mutating func enqueue(_ body: (inout MutableSpan<UInt8>) -> Int) -> Bool {
        let status = slots.status(index)
        guard status & UInt32(TP_STATUS_SEND_REQUEST | TP_STATUS_SENDING) == 0 else {
            counters.fullCount &+= 1
            return false
        }
        // SAFETY: the kernel has released the slot, so it is ours until its status is set. frameByteLimit keeps the
        // frame within the slot.
        let slot = unsafe slots.unsafeBytes(index)
        let start = CFastDHCP_TPACKET2_TX_DATA_OFFSET
        var bytes = unsafe MutableSpan<UInt8>(_unsafeBytes: slot[start..<start &+ frameByteLimit])
        let byteCount = body(&bytes)
        precondition(byteCount >= 0 && byteCount <= frameByteLimit, "a frame longer than its slot")
        guard byteCount > 0 else { return true }
        // SAFETY: as above. tp_len is a 32-bit word of the header in the slot's first bytes.
        unsafe slot.storeBytes(
            of: UInt32(byteCount), toByteOffset: CFastDHCP_TPACKET2_LEN_OFFSET, as: UInt32.self)
        slots.setStatus(index, UInt32(TP_STATUS_SEND_REQUEST))
        index = slots.next(index)
        unsentCount &+= 1
        unsentByteCount &+= byteCount
        return true
    }

    /// Sends the frames that are enqueued from now on through another interface of the namespace. That interface must
    /// accept frames of the same length.
    /// - Returns: False when frames for the previous interface are still unsent. Nothing has changed then.
    @inline(__always)
    public mutating func direct(to interfaceIndex: Int32) -> Bool {
        guard interfaceIndex != self.interfaceIndex else { return true }
        guard flush() == 0 else { return false }
        self.interfaceIndex = interfaceIndex
        return true
    }

    /// Raises the send buffer so that only the ring limits the number of frames. Sent frames count against the buffer
    /// until the far end has taken them.
    private static func raiseSendBuffer(_ descriptor: Int32, _ geometry: RingGeometry) throws(SystemError) {
        let byteCount = Int32(clamping: geometry.byteCount)
        do {
            try SystemCall.setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, byteCount)
        } catch {
            // EPERM: CAP_NET_ADMIN is missing, or is valid only in a user namespace. Use what net.core.wmem_max allows.
            try SystemCall.setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, byteCount)
        }
    }
}

/// What happened to the frames of a transmit ring since it was opened.
public struct TransmitCounters: Equatable, Sendable {
    /// Frames that the kernel took.
    public internal(set) var sentCount: UInt64 = 0
    /// Frames that were not enqueued because the ring was full.
    public internal(set) var fullCount: UInt64 = 0
    /// Kicks that ended early, because a queue behind the interface or the send buffer was full.
    public internal(set) var congestedCount: UInt64 = 0
    /// The errno of the last kick that failed.
    public internal(set) var lastErrorCode: Int32 = 0
    /// Kicks in which the kernel refused a frame as too long because the MTU has shrunk.
    public internal(set) var refusedCount: UInt64 = 0
    /// Frames that were discarded because the interface was down or gone, or refused them for too long.
    public internal(set) var discardedCount: UInt64 = 0
}
