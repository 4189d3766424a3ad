public import CLinuxSystem

/// An instant on CLOCK_BOOTTIME. That clock never jumps and keeps running while the machine is suspended, as leases do.
@frozen
public struct BootTime: Hashable, BitwiseCopyable, Sendable {
    /// Milliseconds since the machine booted.
    public var milliseconds: UInt64

    @inlinable
    @inline(__always)
    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// The present instant. Reading it takes about 20 ns and does not enter the kernel.
    @inlinable
    @inline(__always)
    public static func now() -> BootTime { BootTime(milliseconds: nanosecondsNow() / 1_000_000) }

    /// The present instant in nanoseconds since boot, for measuring and tracing.
    @inlinable
    @inline(__always)
    public static func nanosecondsNow() -> UInt64 { SystemCall.clock_gettime(CLinuxSystem_CLOCK_BOOTTIME) }

    /// The instant `milliseconds` later. The result is capped at the far future (584 million years).
    @inlinable
    @inline(__always)
    public static func + (instant: BootTime, milliseconds: UInt64) -> BootTime {
        let (sum, overflow) = instant.milliseconds.addingReportingOverflow(milliseconds)
        return BootTime(milliseconds: overflow ? .max : sum)
    }

    /// Milliseconds from `other` to this instant. Zero if `other` is later.
    @inlinable
    @inline(__always)
    public func millisecondsSince(_ other: BootTime) -> UInt64 {
        milliseconds > other.milliseconds ? milliseconds &- other.milliseconds : 0
    }
}

extension BootTime: Comparable {
    @inlinable
    @inline(__always)
    public static func < (left: BootTime, right: BootTime) -> Bool { left.milliseconds < right.milliseconds }
}

extension BootTime {
    /// The end of something that never ends.
    @inlinable
    public static var never: BootTime { BootTime(milliseconds: .max) }
}
