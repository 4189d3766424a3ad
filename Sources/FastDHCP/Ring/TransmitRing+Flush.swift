import CFastDHCP
import Glibc
import LinuxSystem
import SystemPackage

extension TransmitRing {
    /// Fruitless kicks after which the frames are given up: something refuses the first of them for good,
    /// such as a packet-filter rule on the interface, and would hold up the rest for ever.
    static let patience = 64

    /// Sends the enqueued frames with one system call, without waiting.
    ///
    /// - Returns: how many are still unsent, because a queue on the way is full. They stay in order and leave
    ///   with a later flush; while there are any, flush again within a millisecond or so even when no other
    ///   work comes.
    @discardableResult
    public mutating func flush() -> Int {
        guard unsentCount > 0 else { return 0 }
        let countBefore = unsentCount
        do {
            let other = interfaceIndex == boundIndex ? 0 : interfaceIndex
            accountSent(byteCount: try SystemCall.sendRing(socket.fileDescriptor, by: other))
        } catch {
            counters.lastErrorCode = error.code.rawValue
            accountSent(byteCount: nil)
            switch error.code {
            // The interface is down, or was deleted. Clients ask again; by then these replies are stale.
            case .networkDown, .noSuchAddressOrDevice, .operationNotSupportedByDevice: discardUnsent()
            // Our bug: the descriptor is no packet socket with a ring.
            case .badFileDescriptor, .notSocket, .badAddress, .addressRequired:
                preconditionFailure("sendto on a transmit ring")
            // ENOBUFS: a queue or a filter on the way dropped the first frame. EAGAIN: the send buffer is
            // full of frames that the far end has not taken. ENOMEM, EPERM: as they say. The kernel has kept
            // the first frame marked, and the next kick tries it again. (EMSGSIZE and EINVAL cannot come:
            // with PACKET_LOSS it skips such frames.)
            default: counters.congestedCount &+= 1
            }
        }
        fruitlessKickCount = unsentCount < countBefore ? 0 : fruitlessKickCount &+ 1
        if fruitlessKickCount >= Self.patience { discardUnsent() }
        return unsentCount
    }

    /// Advances past the frames that the kernel took. It says how many bytes it sent, or nil and an error.
    @inline(__always)
    private mutating func accountSent(byteCount: Int?) {
        guard byteCount != unsentByteCount else {
            counters.sentCount &+= UInt64(unsentCount)
            unsentIndex = index
            unsentCount = 0
            unsentByteCount = 0
            return
        }
        accountSentOneByOne(byteCount: byteCount)
    }

    private mutating func accountSentOneByOne(byteCount: Int?) {
        var takenByteCount = 0
        // A slot without TP_STATUS_SEND_REQUEST is on its way (TP_STATUS_SENDING), sent or refused.
        while unsentCount > 0, slots.status(unsentIndex) & UInt32(TP_STATUS_SEND_REQUEST) == 0 {
            // SAFETY: the kernel never changes the length that enqueue wrote, whoever has the slot.
            takenByteCount &+= unsafe Int(
                slots.unsafeBytes(unsentIndex).load(
                    fromByteOffset: CFastDHCP_TPACKET2_LEN_OFFSET, as: UInt32.self))
            unsentIndex = slots.next(unsentIndex)
            unsentCount &-= 1
            counters.sentCount &+= 1
        }
        unsentByteCount &-= takenByteCount
        // What the kernel took off the ring without sending it, it refused.
        if let byteCount, byteCount < takenByteCount { counters.refusedCount &+= 1 }
        if byteCount != nil, unsentCount > 0 { counters.congestedCount &+= 1 }
    }

    /// Takes the unsent frames back. The kernel goes on at `unsentIndex`: there the next frame is put.
    private mutating func discardUnsent() {
        counters.discardedCount &+= UInt64(unsentCount)
        while unsentCount > 0 {
            index = slots.previous(index)
            slots.setStatus(index, UInt32(TP_STATUS_AVAILABLE))
            unsentCount &-= 1
        }
        unsentByteCount = 0
        fruitlessKickCount = 0
    }
}
