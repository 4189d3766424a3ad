public import Addresses

/// How long a lease is, and when its client asks for more (RFC 2131 section 4.4.5).
public struct LeaseTimes: Equatable, Sendable {
    /// Option 51; `UInt32.max` is infinity. A finite one is at most 2³¹ − 1, more confuses some clients.
    public let leaseSeconds: UInt32
    /// T1, option 58; of an infinite lease infinite.
    public let renewalSeconds: UInt32
    /// T2, option 59; of an infinite lease infinite.
    public let rebindingSeconds: UInt32
    /// Whether T1 is up to a tenth shorter, by the client's address: clients that booted together then renew apart.
    public let spreadsRenewals: Bool

    /// - Parameters:
    ///   - renewalSeconds: half of the lease unless given.
    ///   - rebindingSeconds: seven eighths of it unless given.
    public init(
        leaseSeconds: UInt32, renewalSeconds: UInt32? = nil, rebindingSeconds: UInt32? = nil,
        spreadsRenewals: Bool = false
    ) {
        let isInfinite = leaseSeconds == .max
        let seconds = isInfinite ? .max : min(leaseSeconds, UInt32(Int32.max))
        self.leaseSeconds = seconds
        self.renewalSeconds = isInfinite ? .max : renewalSeconds ?? seconds / 2
        self.rebindingSeconds = isInfinite ? .max : rebindingSeconds ?? UInt32(UInt64(seconds) * 7 / 8)
        self.spreadsRenewals = spreadsRenewals && !isInfinite
    }

    /// T1 as this client is told.
    @inline(__always)
    public func renewalSeconds(for client: MACAddress) -> UInt32 {
        guard spreadsRenewals else { return renewalSeconds }
        // Fibonacci hashing: neighbours among addresses are far from each other in the upper bits.
        let share = (client.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 32
        return renewalSeconds &- UInt32(truncatingIfNeeded: (UInt64(renewalSeconds / 10) &* share) >> 32)
    }
}
