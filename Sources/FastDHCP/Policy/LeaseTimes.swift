public import Addresses

/// How long a lease lasts, and when its client renews it (RFC 2131 section 4.4.5).
public struct LeaseTimes: Equatable, Sendable {
    /// Option 51 in seconds; `UInt32.max` is infinity. A finite time is at most 2³¹ − 1, because larger values confuse
    /// some clients.
    public let leaseSeconds: UInt32
    /// T1, option 58, in seconds; infinite for an infinite lease.
    public let renewalSeconds: UInt32
    /// T2, option 59, in seconds; infinite for an infinite lease.
    public let rebindingSeconds: UInt32
    /// Whether T1 is shortened by up to a tenth, depending on the client's MAC address. Clients that booted together
    /// then renew at different times.
    public let spreadsRenewals: Bool

    /// - Parameters:
    ///   - renewalSeconds: half of the lease time if nil.
    ///   - rebindingSeconds: seven eighths of the lease time if nil.
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

    /// T1 for this client, in seconds.
    @inline(__always)
    public func renewalSeconds(for client: MACAddress) -> UInt32 {
        guard spreadsRenewals else { return renewalSeconds }
        // Fibonacci hashing: adjacent addresses are far apart in the upper bits.
        let share = (client.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 32
        return renewalSeconds &- UInt32(truncatingIfNeeded: (UInt64(renewalSeconds / 10) &* share) >> 32)
    }
}
