import CLinuxSystem

/// An instant on the wall clock (CLOCK_REALTIME), which outlives a reboot but can be set.
public struct WallTime: Hashable, Comparable, BitwiseCopyable, Sendable {
    /// Milliseconds since 1970.
    public var milliseconds: UInt64

    public init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    /// The end of what does not end.
    public static var never: WallTime { WallTime(milliseconds: .max) }

    /// The time that a clock shows which was set by so many milliseconds.
    package func shifted(by step: Int64) -> WallTime {
        if self == .never { return .never }
        let (sum, overflow) = milliseconds.addingReportingOverflow(UInt64(bitPattern: step))
        // A negative step overflows when all is well.
        guard overflow == (step < 0) else { return step < 0 ? WallTime(milliseconds: 0) : .never }
        return WallTime(milliseconds: sum)
    }

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
            boot: .now(),
            wall: WallTime(milliseconds: SystemCall.clock_gettime(CLinuxSystem_CLOCK_REALTIME) / 1_000_000))
    }

    /// How far the wall clock is ahead of the engine's, in milliseconds.
    package var offset: Int64 { Int64(clamping: wall.milliseconds) - Int64(clamping: boot.milliseconds) }

    /// By how many milliseconds the two clocks may drift apart before times on the wall clock are told anew.
    package static var driftTolerance: Int64 { 1000 }

    /// Whether the wall clock was set, or slewed as far, between an earlier reading and this one.
    public func hasDrifted(from earlier: ClockReading) -> Bool { abs(offset - earlier.offset) > Self.driftTolerance }

    package func wallTime(of instant: BootTime) -> WallTime {
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
    package func bootTime(of deadline: WallTime, decidedAt: WallTime) -> BootTime {
        if deadline == .never { return .never }
        let now = max(wall, decidedAt).milliseconds
        if deadline.milliseconds >= now { return boot + (deadline.milliseconds - now) }
        return BootTime(milliseconds: boot.milliseconds - min(now - deadline.milliseconds, boot.milliseconds))
    }
}
