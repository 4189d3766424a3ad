import CFastDHCP
import Glibc
import LinuxSystem
import SystemPackage

extension TransmitRing {
    /// How many kicks in a row may fail to send anything before the unsent frames are discarded. Something then refuses
    /// the first frame for good, such as a packet-filter rule on the interface, and the frames behind it would wait
    /// forever.
    static let patience = 64

    /// Sends the enqueued frames with one system call, without waiting.
    ///
    /// - Returns: how many frames are still unsent because a queue on the way is full. They stay in order and leave
    ///   with a later flush. While there are any, flush again within a millisecond or so, even if there is no other
    ///   work.
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
            // The interface is down or was deleted. Clients will ask again, and by then these replies are stale.
            case .networkDown, .noSuchAddressOrDevice, .operationNotSupportedByDevice: discardUnsent()
            // A bug in this program: the descriptor is not a packet socket with a ring.
            case .badFileDescriptor, .notSocket, .badAddress, .addressRequired:
                preconditionFailure("sendto failed on a transmit ring's descriptor")
            // ENOBUFS: a queue or a filter on the way dropped the first frame. EAGAIN: the send buffer is full of
            // frames that the far end has not taken. ENOMEM and EPERM mean what they say. In all these cases the kernel
            // keeps the first frame marked, and the next kick tries it again. (EMSGSIZE and EINVAL cannot occur: with
            // PACKET_LOSS the kernel skips such frames.)
            default: counters.congestedCount &+= 1
            }
        }
        fruitlessKickCount = unsentCount < countBefore ? 0 : fruitlessKickCount &+ 1
        if fruitlessKickCount >= Self.patience { discardUnsent() }
        return unsentCount
    }

    /// Advances past the frames that the kernel took. `byteCount` is how many bytes it sent, or nil after an error.
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
        // A slot without TP_STATUS_SEND_REQUEST holds a frame that is being sent (TP_STATUS_SENDING), was sent or was
        // refused.
        while unsentCount > 0, slots.status(unsentIndex) & UInt32(TP_STATUS_SEND_REQUEST) == 0 {
            // SAFETY: the kernel never changes the length that enqueue wrote, whoever owns the slot.
            takenByteCount &+= unsafe Int(
                slots.unsafeBytes(unsentIndex).load(
                    fromByteOffset: CFastDHCP_TPACKET2_LEN_OFFSET, as: UInt32.self))
            unsentIndex = slots.next(unsentIndex)
            unsentCount &-= 1
            counters.sentCount &+= 1
        }
        unsentByteCount &-= takenByteCount
        // If the kernel took more bytes off the ring than it sent, it refused a frame.
        if let byteCount, byteCount < takenByteCount { counters.refusedCount &+= 1 }
        if byteCount != nil, unsentCount > 0 { counters.congestedCount &+= 1 }
    }

    /// Discards the unsent frames. The kernel continues at `unsentIndex`, so the next frame goes there.
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
