/// A lease time as operators write it: `90s`, `15m`, `24h`, `7d`, `infinite`.
package struct LeaseTime: Hashable, Sendable {
    /// Seconds; `UInt32.max` is infinity.
    package let seconds: UInt32

    /// From the shortest lease that does not make the client renew all the time to the longest lease that all clients
    /// understand.
    package static let secondsRange: ClosedRange<UInt32> = 10...UInt32(Int32.max)

    /// The lease time if the operator sets none: a day.
    package static let `default` = LeaseTime(seconds: 86400)

    package init(seconds: UInt32) { self.seconds = seconds }

    /// Parses a time. Nil if it is not in `range`; `infinite` is accepted only if `allowsInfinite`.
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
    /// Parses a lease time. Nil also for a time outside `secondsRange`.
    package init?(_ text: String) { self.init(text, in: Self.secondsRange, allowsInfinite: true) }

    package var description: String {
        if seconds == .max { return "infinite" }
        for (factor, unit) in [(UInt32(3600), "h"), (60, "m")] where seconds % factor == 0 {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }
}
