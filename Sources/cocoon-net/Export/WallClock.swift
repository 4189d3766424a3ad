import FastDHCP
import FoundationEssentials

/// The calendar's view of the engine's clock, at one moment.
struct WallClock {
    let date: Date
    private let bootTime: BootTime
    /// The moment that was told last, in whole seconds since 1970, and its text: leases granted together end together.
    private var lastTold: (second: Int, text: String) = (.min, "")

    init() {
        date = .now
        bootTime = .now()
    }

    /// A date as the journal tells it; `never` for the last one that a calendar can tell.
    static func wallTime(of moment: Date) -> WallTime {
        guard moment < lastDate else { return .never }
        return WallTime(milliseconds: UInt64(max(moment.timeIntervalSince1970, 0) * 1000))
    }

    /// A moment in RFC 3339, to the second, in UTC.
    mutating func text(of moment: BootTime) -> String {
        let ahead = Double(moment.millisecondsSince(bootTime)) / 1000
        let told = moment == .never ? Self.lastDate : min(date.addingTimeInterval(ahead), Self.lastDate)
        let second = Int(told.timeIntervalSince1970)
        if second != lastTold.second { lastTold = (second, told.formatted(.iso8601)) }
        return lastTold.text
    }

    /// 9999-12-31T23:59:59Z, the last second that RFC 3339 can tell: how the file says "never".
    private static let lastDate = Date(timeIntervalSince1970: 253_402_300_799)
}
