extension StormResult {
    /// The times to lease as an SVG document: the share of the clients that had a lease, over time.
    package func picture() -> String {
        let wait = latencies.lease
        // Without a lease there is no time to show: one empty second.
        let drawing = Drawing(longest: wait.count > 0 ? max(wait.longest, 1) : 1_000_000_000)
        var parts = [Drawing.head(title: pictureTitle)]
        parts += drawing.frame()
        if wait.count > 0 {
            // Every percent up to 99, and then every tenth of a percent, where the curve is interesting.
            let percentiles = (0...99).map(Double.init) + (991...999).map { Double($0) / 10 }
            let points = percentiles.map { (wait.percentile($0), $0) }
            parts.append(drawing.curve(points + [(wait.longest, 100)]))
            parts.append(drawing.mark("p50", wait.percentile(50), 50))
            parts.append(drawing.mark("p99", wait.percentile(99), 99))
            parts.append(drawing.mark(plan.startsAllAtOnce ? "last VM" : "slowest", wait.longest, 100))
        }
        parts.append("</svg>")
        return parts.joined(separator: "\n") + "\n"
    }

    private var pictureTitle: String {
        let losses = tally.lostCount > 0 ? ", \(grouped(tally.lostCount)) without a lease" : ""
        let clients = plan.clientCount == 1 ? "1 VM" : "\(grouped(plan.clientCount)) VMs"
        return "Time to lease: \(clients), \(plan.scenarioName), \(plan.shape.name)\(losses)"
    }
}

extension StormPlan {
    /// Whether the client that waits longest is also the last one.
    fileprivate var startsAllAtOnce: Bool {
        if case .avalanche = shape { true } else { false }
    }
}

/// A plot area. The horizontal axis is the time, from zero to the longest; the vertical axis is the share of clients.
private struct Drawing {
    /// Nanoseconds, at least 1.
    let longest: UInt64

    private static let width = 720.0, height = 420.0
    /// The plot's edges. The labels of marks stand to the right of it.
    private static let left = 80.0, right = 590.0, top = 70.0, bottom = 350.0

    static func head(title: String) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 420" font-family="sans-serif" font-size="13">
        <rect width="\(number(width))" height="\(number(height))" fill="white"/>
        <text x="\(number(left))" y="32" font-size="16">\(title)</text>
        """
    }

    /// Axes with their ticks and titles.
    func frame() -> [String] {
        let shares = stride(from: 0.0, through: 100, by: 25).map { share in
            line(Self.left, y(share), Self.right, y(share))
                + text(Self.left - 8, y(share) + 4, "\(Int(share)) %", "end")
        }
        let step = tickInterval
        let times = (0...longest / step).map { count in
            let time = count * step
            return line(x(time), Self.top, x(time), Self.bottom)
                + text(x(time), Self.bottom + 20, time == 0 ? "0" : Self.duration(time), "middle")
        }
        let middle = (Self.top + Self.bottom) / 2
        let titles = [
            text((Self.left + Self.right) / 2, Self.bottom + 46, "time from a VM's start to its ACK", "middle"),
            "<g transform=\"rotate(-90 24 \(Self.number(middle)))\">"
                + text(24, middle, "share of the leases granted", "middle") + "</g>",
        ]
        return shares + times + titles
    }

    func curve(_ points: [(time: UInt64, share: Double)]) -> String {
        let path = points.map { Self.number(x($0.time)) + "," + Self.number(y($0.share)) }.joined(separator: " ")
        return "<polyline points=\"\(path)\" fill=\"none\" stroke=\"#3366aa\" stroke-width=\"2\"/>"
    }

    /// A point of the curve with its name and time. The label stands to the right: above the point at 100 %, else below
    /// it, where a curve that only rises never is.
    func mark(_ name: String, _ time: UInt64, _ share: Double) -> String {
        "<circle cx=\"\(Self.number(x(time)))\" cy=\"\(Self.number(y(share)))\" r=\"4\" fill=\"#aa3333\"/>"
            + text(x(time) + 8, y(share) + (share < 100 ? 18 : -6), "\(name) \(Self.duration(time))", "start")
    }

    /// Nanoseconds from one tick to the next: 1, 2 or 5 times a power of ten, so that the axis has three to eight of them.
    private var tickInterval: UInt64 {
        var power: UInt64 = 1
        while true {
            for interval in [power, 2 * power, 5 * power] where longest / interval <= 8 { return interval }
            power *= 10
        }
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

    /// Nanoseconds in words.
    private static func duration(_ time: UInt64) -> String { durationText(.nanoseconds(Int64(clamping: time))) }

    /// With one decimal.
    private static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
