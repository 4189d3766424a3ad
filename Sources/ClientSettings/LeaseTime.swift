/// A time of leases, as operators write it: `90s`, `15m`, `24h`, `7d`, `infinite`.
package struct LeaseTime: Hashable, Sendable {
    /// Seconds; `UInt32.max` is infinity.
    package let seconds: UInt32

    /// The shortest lease that does not keep the client renewing, and the longest that all clients understand.
    package static let secondsRange: ClosedRange<UInt32> = 10...UInt32(Int32.max)

    /// What a lease is unless somebody says otherwise: a day.
    package static let `default` = LeaseTime(seconds: 86400)

    package init(seconds: UInt32) { self.seconds = seconds }

    /// A time between two others; `infinite` is none of them unless `allowsInfinite`.
    init?(_ text: String, in range: ClosedRange<UInt32>, allowsInfinite: Bool) {
        if allowsInfinite && text == "infinite" {
            seconds = .max
            return
        }
        let factors: [Character: UInt32] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        guard let unit = text.last, let factor = factors[unit], text.first != "+", let count = UInt32(text.dropLast())
        else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: factor)
        guard !overflow, range.contains(seconds) else { return nil }
        self.seconds = seconds
    }
}

extension LeaseTime: LosslessStringConvertible {
    /// Parses the time of a lease; nil for one out of `secondsRange`, too.
    package init?(_ text: String) { self.init(text, in: Self.secondsRange, allowsInfinite: true) }

    package var description: String {
        if seconds == .max { return "infinite" }
        for (factor, unit) in [(UInt32(3600), "h"), (60, "m")] where seconds % factor == 0 {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }
}
