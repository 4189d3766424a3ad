import CLinuxSystem

/// An instant on the wall clock (CLOCK_REALTIME), which survives a reboot but can be set.
public struct WallTime: Hashable, Comparable, BitwiseCopyable, Sendable {
    /// Milliseconds since 1970.
    public var milliseconds: UInt64

    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// The end of something that never ends.
    public static var never: WallTime { WallTime(milliseconds: .max) }

    /// The time that the clock shows at this instant after it was set by `step` milliseconds.
    package func shifted(by step: Int64) -> WallTime {
        if self == .never { return .never }
        let (sum, overflow) = milliseconds.addingReportingOverflow(UInt64(bitPattern: step))
        // A negative step is added as a large unsigned number, so an overflow is the normal case for it.
        guard overflow == (step < 0) else { return step < 0 ? WallTime(milliseconds: 0) : .never }
        return WallTime(milliseconds: sum)
    }

    public static func < (left: WallTime, right: WallTime) -> Bool { left.milliseconds < right.milliseconds }
}

/// Both clocks, read at the same moment. It converts a time on one clock into a time on the other.
public struct ClockReading: Equatable, Sendable {
    public var boot: BootTime
    public var wall: WallTime

    public init(boot: BootTime, wall: WallTime) {
        self.boot = boot
        self.wall = wall
    }

    public static func now() -> ClockReading {
        ClockReading(
            boot: .now(),
            wall: WallTime(milliseconds: SystemCall.clock_gettime(CLinuxSystem_CLOCK_REALTIME) / 1_000_000))
    }

    /// How far the wall clock is ahead of the engine's clock (CLOCK_BOOTTIME), in milliseconds.
    package var offset: Int64 { Int64(clamping: wall.milliseconds) - Int64(clamping: boot.milliseconds) }

    /// How many milliseconds the two clocks may drift apart before wall clock times must be computed again.
    package static var driftTolerance: Int64 { 1000 }

    /// Whether the wall clock was set by more than the tolerance, or slewed that far, since `earlier` was read.
    public func hasDrifted(from earlier: ClockReading) -> Bool { abs(offset - earlier.offset) > Self.driftTolerance }

    package func wallTime(of instant: BootTime) -> WallTime {
        if instant == .never { return .never }
        let ahead = wall.milliseconds.addingReportingOverflow(instant.millisecondsSince(boot))
        if ahead.overflow { return .never }
        let behind = boot.millisecondsSince(instant)
        return WallTime(milliseconds: ahead.partialValue - min(behind, ahead.partialValue))
    }

    /// The time on the engine's clock of a record's deadline.
    ///
    /// If the wall clock is earlier than the moment at which the record was written, it was set back. Then the lease
    /// keeps the time that remained at that moment. A deadline that has passed stays in the past, as far back as the
    /// engine's clock goes.
    package func bootTime(of deadline: WallTime, decidedAt: WallTime) -> BootTime {
        if deadline == .never { return .never }
        let now = max(wall, decidedAt).milliseconds
        if deadline.milliseconds >= now { return boot + (deadline.milliseconds - now) }
        return BootTime(milliseconds: boot.milliseconds - min(now - deadline.milliseconds, boot.milliseconds))
    }
}
