public import FoundationEssentials
public import LinuxSystem

/// The wall clock and the engine's clock (time since boot), read at the same moment. Converts between the two.
public struct WallClock {
    public let date: Date
    private let bootNanoseconds: UInt64
    private var bootTime: BootTime { BootTime(milliseconds: bootNanoseconds / 1_000_000) }
    /// The last converted time, in whole seconds since 1970, and its text. Leases granted together end together, so this
    /// saves formatting the same time again.
    private var lastShown: (second: Int, text: String) = (.min, "")

    public init() {
        date = .now
        bootNanoseconds = BootTime.nanosecondsNow()
    }

    /// A date in the form that the journal uses. Dates from `lastDate` on become `never`.
    public static func wallTime(of moment: Date) -> WallTime {
        guard moment < lastDate else { return .never }
        return WallTime(milliseconds: UInt64(max(moment.timeIntervalSince1970, 0) * 1000))
    }

    /// A time since boot as RFC 3339 text, to the second, in UTC.
    public mutating func text(of moment: BootTime) -> String {
        let ahead = (Double(moment.milliseconds) - Double(bootTime.milliseconds)) / 1000
        let shown = moment == .never ? Self.lastDate : min(date.addingTimeInterval(ahead), Self.lastDate)
        let second = Int(shown.timeIntervalSince1970)
        if second != lastShown.second { lastShown = (second, shown.formatted(.iso8601)) }
        return lastShown.text
    }

    /// A past time since boot as RFC 3339 text, to the microsecond, in UTC.
    public func preciseText(ofNanoseconds nanoseconds: UInt64) -> String {
        let microseconds =
            Int64(date.timeIntervalSince1970 * 1_000_000)
            + (Int64(nanoseconds / 1000) - Int64(bootNanoseconds / 1000))
        let whole = Date(timeIntervalSince1970: Double(microseconds / 1_000_000)).formatted(.iso8601)
        let fraction = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
        return "\(whole.dropLast()).\(fraction)Z"
    }

    /// 9999-12-31T23:59:59Z, the last second that RFC 3339 can express. It stands for "never" in the file.
    private static let lastDate = Date(timeIntervalSince1970: 253_402_300_799)
}
