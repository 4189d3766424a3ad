import ArgumentParser

/// How long a lease is, as operators write it: `90s`, `15m`, `24h`, `infinite`.
struct LeaseTime: ExpressibleByArgument, CustomStringConvertible {
    /// Seconds; `UInt32.max` is infinity.
    let seconds: UInt32

    /// The shortest lease that does not keep the client renewing, and the longest that all clients understand.
    static let secondsRange: ClosedRange<UInt32> = 10...UInt32(Int32.max)

    init(seconds: UInt32) { self.seconds = seconds }

    init?(argument: String) {
        if argument == "infinite" {
            seconds = .max
            return
        }
        let factors: [Character: UInt32] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = argument.last, let factor = factors[unit], let count = UInt32(argument.dropLast()) else {
            return nil
        }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, Self.secondsRange.contains(seconds) else { return nil }
        self.seconds = seconds
    }

    var description: String {
        if seconds == .max { return "infinite" }
        for (factor, unit) in [(UInt32(3600), "h"), (60, "m")] where seconds % factor == 0 {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }
}
