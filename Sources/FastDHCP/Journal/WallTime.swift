import Glibc

/// An instant on the calendar's clock, which outlives a reboot but can be set.
public struct WallTime: Hashable, Comparable, BitwiseCopyable, Sendable {
    /// Milliseconds since 1970.
    public var milliseconds: UInt64

    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// The end of what does not end.
    public static var never: WallTime { WallTime(milliseconds: .max) }

    public static func < (left: WallTime, right: WallTime) -> Bool { left.milliseconds < right.milliseconds }
}

/// Both clocks, read at the same moment: what turns a time of one into a time of the other.
public struct ClockReading: Equatable, Sendable {
    public var boot: BootTime
    public var wall: WallTime

    public init(boot: BootTime, wall: WallTime) {
        self.boot = boot
        self.wall = wall
    }

    public static func now() -> ClockReading {
        ClockReading(
            boot: .now(), wall: WallTime(milliseconds: SystemCall.clock_gettime(CLOCK_REALTIME) / 1_000_000))
    }

    func wallTime(of instant: BootTime) -> WallTime {
        if instant == .never { return .never }
        let ahead = wall.milliseconds.addingReportingOverflow(instant.millisecondsSince(boot))
        if ahead.overflow { return .never }
        let behind = boot.millisecondsSince(instant)
        return WallTime(milliseconds: ahead.partialValue - min(behind, ahead.partialValue))
    }

    /// The engine's time of a record's deadline.
    ///
    /// A clock that stands before the moment at which the record was written was set back: then what remained at that
    /// moment remains. What is over stays over, as far back as the engine's clock goes.
    func bootTime(of deadline: WallTime, decidedAt: WallTime) -> BootTime {
        if deadline == .never { return .never }
        let now = max(wall, decidedAt).milliseconds
        if deadline.milliseconds >= now { return boot + (deadline.milliseconds - now) }
        return BootTime(milliseconds: boot.milliseconds - min(now - deadline.milliseconds, boot.milliseconds))
    }
}
