extension StormResult {
    /// The times to lease as an SVG document: the share of the clients that had a lease, over time.
    package func picture() -> String {
        let drawing = Drawing(longest: max(latencies.lease.longest, 1))
        var parts = [Drawing.head(title: "\(plan.clientCount) clients, \(plan.scenarioName), \(plan.shape.name)")]
        parts += drawing.frame()
        if latencies.lease.count > 0 {
            // Every percent up to 99, and then every tenth of a percent, where the curve is interesting.
            let percentiles = (0...99).map(Double.init) + (991...999).map { Double($0) / 10 }
            let points = percentiles.map { (latencies.lease.percentile($0), $0) }
            parts.append(drawing.curve(points + [(latencies.lease.longest, 100)]))
            parts += [50, 99].map { drawing.mark(latencies.lease.percentile($0), $0) }
        }
        parts.append("</svg>")
        return parts.joined(separator: "\n") + "\n"
    }
}

/// A plot area. The horizontal axis is the time, from zero to the longest; the vertical axis is the share of clients.
private struct Drawing {
    /// Nanoseconds.
    let longest: UInt64

    private static let width = 720.0, height = 400.0
    private static let left = 70.0, right = 690.0, top = 50.0, bottom = 345.0

    static func head(title: String) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 400" font-family="sans-serif" font-size="13">
        <rect width="\(number(width))" height="\(number(height))" fill="white"/>
        <text x="\(number(left))" y="28" font-size="16">Time to lease: \(title)</text>
        """
    }

    /// Axes with their numbers.
    func frame() -> [String] {
        let shares = stride(from: 0.0, through: 100, by: 25).map { share in
            line(Self.left, y(share), Self.right, y(share))
                + text(Self.left - 8, y(share) + 4, "\(Int(share)) %", "end")
        }
        let times = (0...4 as ClosedRange<UInt64>).map { step in
            let time = longest / 4 * step
            return line(x(time), Self.top, x(time), Self.bottom)
                + text(x(time), Self.bottom + 20, durationText(.nanoseconds(Int64(clamping: time))), "middle")
        }
        return shares + times
    }

    func curve(_ points: [(time: UInt64, share: Double)]) -> String {
        let path = points.map { Self.number(x($0.time)) + "," + Self.number(y($0.share)) }.joined(separator: " ")
        return "<polyline points=\"\(path)\" fill=\"none\" stroke=\"#3366aa\" stroke-width=\"2\"/>"
    }

    /// A point with its percentile and time.
    func mark(_ time: UInt64, _ share: Double) -> String {
        let label = "p\(Int(share)) \(durationText(.nanoseconds(Int64(clamping: time))))"
        let isRight = x(time) > (Self.left + Self.right) / 2
        return "<circle cx=\"\(Self.number(x(time)))\" cy=\"\(Self.number(y(share)))\" r=\"4\" fill=\"#aa3333\"/>"
            + text(x(time) + (isRight ? -8 : 8), y(share) + 18, label, isRight ? "end" : "start")
    }

    private func x(_ time: UInt64) -> Double {
        Self.left + (Self.right - Self.left) * Double(min(time, longest)) / Double(longest)
    }

    private func y(_ share: Double) -> Double { Self.bottom - (Self.bottom - Self.top) * share / 100 }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        let ends = zip(["x1", "y1", "x2", "y2"], [x1, y1, x2, y2]).map { "\($0)=\"\(Self.number($1))\"" }
        return "<line \(ends.joined(separator: " ")) stroke=\"#dddddd\"/>"
    }

    private func text(_ x: Double, _ y: Double, _ content: String, _ anchor: String) -> String {
        "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">\(content)</text>"
    }

    /// With one decimal.
    private static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
