import Addresses

/// The MAC addresses and transaction IDs of all clients. They are computed from the seed and take no memory.
struct ClientIdentities: Sendable {
    private let macBase: UInt64
    private let xidBase: UInt32
    private let xidInverse: UInt32

    init(seed: UInt64) {
        let noise = SeededNoise(seed: seed)
        macBase = noise(1)
        xidBase = UInt32(truncatingIfNeeded: noise(2))
        // Each step of Newton's method doubles the number of correct low bits. An odd number is its own inverse in
        // three bits.
        var inverse = Self.xidFactor
        for _ in 0..<4 { inverse = inverse &* (2 &- Self.xidFactor &* inverse) }
        xidInverse = inverse
    }

    /// The client's hardware address. It is locally administered: 02 and five bytes that differ for each client.
    @inline(__always)
    func chaddr(of index: Int) -> MACAddress {
        // An odd factor maps different indices to different products modulo a power of two.
        let low = (macBase &+ UInt64(index) &* 0x9E_3779_B97F) & 0xFF_FFFF_FFFF
        return MACAddress(rawValue: 0x0200_0000_0000 | low)
    }

    /// The transaction ID of a client's `transaction`th exchange.
    @inline(__always)
    func xid(of index: Int, transaction: UInt16) -> UInt32 {
        (UInt32(transaction & Self.transactionMask) << Self.indexBits | UInt32(index)) &* Self.xidFactor &+ xidBase
    }

    /// The client and the exchange that a transaction ID belongs to. Any number gives a result, so the caller must
    /// compare it with the client.
    @inline(__always)
    func client(ofXID xid: UInt32) -> (index: Int, transaction: UInt16) {
        let number = (xid &- xidBase) &* xidInverse
        return (Int(number & (1 << Self.indexBits - 1)), UInt16(truncatingIfNeeded: number >> Self.indexBits))
    }

    /// The bits of an exchange's number that a transaction ID holds. Later exchanges start again at zero.
    static let transactionMask: UInt16 = 0xFFF
    private static let indexBits: UInt32 = 20
    private static let xidFactor: UInt32 = 0x9E37_79B1
}
