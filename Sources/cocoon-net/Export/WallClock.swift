import FastDHCP
import FoundationEssentials
import LinuxSystem

/// The wall clock beside the engine's clock, at one moment.
struct WallClock {
    let date: Date
    private let bootNanoseconds: UInt64
    private var bootTime: BootTime { BootTime(milliseconds: bootNanoseconds / 1_000_000) }
    /// The moment that was told last, in whole seconds since 1970, and its text: leases granted together end together.
    private var lastTold: (second: Int, text: String) = (.min, "")

    init() {
        date = .now
        bootNanoseconds = BootTime.nanosecondsNow()
    }

    /// A date as the journal tells it; `never` for the last one that a calendar can tell.
    static func wallTime(of moment: Date) -> WallTime {
        guard moment < lastDate else { return .never }
        return WallTime(milliseconds: UInt64(max(moment.timeIntervalSince1970, 0) * 1000))
    }

    /// A moment in RFC 3339, to the second, in UTC.
    mutating func text(of moment: BootTime) -> String {
        let ahead = (Double(moment.milliseconds) - Double(bootTime.milliseconds)) / 1000
        let told = moment == .never ? Self.lastDate : min(date.addingTimeInterval(ahead), Self.lastDate)
        let second = Int(told.timeIntervalSince1970)
        if second != lastTold.second { lastTold = (second, told.formatted(.iso8601)) }
        return lastTold.text
    }

    /// A moment in the past in RFC 3339, to the microsecond, in UTC.
    func preciseText(ofNanoseconds nanoseconds: UInt64) -> String {
        let microseconds =
            Int64(date.timeIntervalSince1970 * 1_000_000)
            + (Int64(nanoseconds / 1000) - Int64(bootNanoseconds / 1000))
        let whole = Date(timeIntervalSince1970: Double(microseconds / 1_000_000)).formatted(.iso8601)
        let fraction = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
        return "\(whole.dropLast()).\(fraction)Z"
    }

    /// 9999-12-31T23:59:59Z, the last second that RFC 3339 can tell: how the file says "never".
    private static let lastDate = Date(timeIntervalSince1970: 253_402_300_799)
}
