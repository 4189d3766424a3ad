import Addresses
import FastDHCP
import LinuxSystem

/// The leases as the clients know them. Each client has one atomic word, so that any thread can make, give up and read
/// a promise at any time.
///
/// Bits 63…56 are the number of the client's conversation, 55…40 the slot of its address plus one, 39…0 the end of its
/// lease in hundredths of a second. The xid of a message has the conversation's number in its upper 8 bits and the time
/// of sending in its lower 24. So the xid of an ACK tells whether its client still listens, and when the lease ends for
/// the client.
final class StressClients: Sendable {
    let count: Int
    /// The present time in milliseconds.
    let clock = SharedNumber()
    private let words: AtomicWords
    private let leaseSeconds: UInt64
    private let ledger: Ledger

    init(count: Int, leaseSeconds: UInt32, ledger: Ledger) {
        self.count = count
        self.leaseSeconds = UInt64(leaseSeconds)
        self.ledger = ledger
        words = AtomicWords(count: count)
    }

    static func mac(_ client: Int) -> MACAddress { MACAddress(rawValue: 0x0200_0000_0000 + UInt64(client)) }

    /// The xid of a message that the client sends now.
    func xid(_ client: Int) -> UInt32 {
        let conversation = UInt32(words.loadAcquiring(client) >> 56)
        return conversation << 24 | UInt32(truncatingIfNeeded: clock.value / 10) & 0xFF_FFFF
    }

    /// The slot that the client may rely on now.
    func slotIndex(of client: Int) -> Int? { slotIndex(in: words.loadAcquiring(client)) }

    private func slotIndex(in word: UInt64) -> Int? {
        let slot = Int(word >> 40 & 0xFFFF)
        guard slot > 0, word & 0xFF_FFFF_FFFF > clock.value / 10 else { return nil }
        return slot - 1
    }

    /// The client gives up its address and ignores answers that are still on their way. It does this before it sends
    /// the message that says so.
    func hangUp(_ client: Int) {
        var word = words.loadAcquiring(client)
        while !words.compareExchangeAcquiringAndReleasing(client, expected: word, desired: (word >> 56 &+ 1) << 56) {
            word = words.loadAcquiring(client)
        }
    }

    /// An ACK reaches a client. From now on only this client may rely on the address.
    func acknowledge(xid: UInt32, slotIndex: Int, client: Int) {
        let end = UInt64(xid & 0xFF_FFFF) + leaseSeconds * 100
        while true {
            let word = words.loadAcquiring(client)
            guard word >> 56 == UInt64(xid >> 24) else { return }
            let former = word >> 40 & 0xFFFF == UInt64(slotIndex + 1) ? word & 0xFF_FFFF_FFFF : 0
            let desired = UInt64(xid >> 24) << 56 | UInt64(slotIndex + 1) << 40 | max(former, end)
            if words.compareExchangeAcquiringAndReleasing(client, expected: word, desired: desired) { break }
        }
        for other in 0..<count where other != client && self.slotIndex(of: other) == slotIndex {
            // The other client may have given up the slot meanwhile, so look again.
            guard self.slotIndex(of: client) == slotIndex, self.slotIndex(of: other) == slotIndex else { continue }
            ledger.report("slot \(slotIndex) is promised to clients \(client) and \(other) at once")
        }
    }
}
