extension StormResult {
    /// The result for people, in lines of at most 80 columns.
    /// - Parameter facts: additional lines below the counts.
    package func table(also facts: [(name: String, value: String)] = []) -> String {
        var lines = [title, ""]
        lines += (counts + facts).map { "  " + $0.leftAligned(18) + $1 }
        var rows = [("to the OFFER", latencies.offer), ("to the ACK", latencies.acknowledgement)]
        rows += plan.mix.single.map { [($0.goal, latencies.lease)] } ?? []
        rows += latencies.leaseByScenario.map { ($0.scenario.rawValue, $0.histogram) }
        let measured = rows.filter { $0.1.count > 0 }
        if !measured.isEmpty {
            lines += ["", Self.row("", ["p50", "p90", "p99", "p99.9", "longest"])]
            lines += measured.map { Self.row($0, Self.cells($1)) }
        }
        return lines.joined(separator: "\n")
    }

    private var title: String {
        let clients = plan.clientCount == 1 ? "1 client" : "\(grouped(plan.clientCount)) clients"
        let shape =
            switch plan.shape {
            case .avalanche: "all at once"
            case .closed(let window): "\(grouped(window)) at a time"
            case .open(let perSecond): "\(grouped(Int(perSecond.rounded()))) a second"
            }
        let duration = plan.duration.map { " for \(durationText($0))" } ?? ""
        return "\(clients) on \(interfaceName), \(plan.scenarioName), \(shape)\(duration)"
    }

    private var counts: [(name: String, value: String)] {
        let done =
            plan.repeats
            ? grouped(tally.completedCount) : "\(grouped(tally.completedCount)) of \(grouped(plan.clientCount))"
        let rate = "\(durationText(elapsed)), \(grouped(Int(roundsPerSecond))) a second"
        var counts = [(plan.mix.single?.completedName ?? "rounds", "\(done)   (\(rate))")]
        counts += latencies.leaseByScenario.map { ("  " + $0.scenario.completedName, grouped($0.histogram.count)) }
        counts.append(("resends", grouped(tally.resendCount)))
        let oddities: [(String, UInt64)] = [
            ("lost clients", UInt64(tally.lostCount)), ("NAKs", UInt64(tally.nakCount)),
            ("given twice", UInt64(tally.duplicateCount)), ("stray replies", UInt64(tally.strayCount)),
            ("flooded replies", UInt64(tally.floodedCount)),
            ("unusable replies", UInt64(tally.incompleteCount + tally.unreadableCount)),
            ("lost in our ring", rings.receiveCount),
        ]
        if let seconds = processorTimes?.server { counts.append(("server's CPU", durationText(.seconds(seconds)))) }
        counts += oddities.filter { $0.1 > 0 }.map { ($0.0, grouped($0.1)) }
        return counts
    }

    private static func cells(_ histogram: LatencyHistogram) -> [String] {
        let percentiles = [50, 90, 99, 99.9].map { histogram.percentile($0) }
        return (percentiles + [histogram.longest]).map { durationText(.nanoseconds(Int64(clamping: $0))) }
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        "  " + name.leftAligned(16) + cells.map { $0.rightAligned(11) }.joined()
    }
}

extension StormPlan {
    /// What the clients do, in one word.
    var scenarioName: String { mix.single?.rawValue ?? "mixed" }
}

extension Scenario {
    /// What the clients that are done have obtained.
    fileprivate var completedName: String {
        switch self {
        case .dora: "leases"
        case .renew: "renewals"
        case .release: "leases, released"
        case .initReboot: "reboots"
        }
    }

    /// The end point of the scenario's time.
    fileprivate var goal: String {
        switch self {
        case .dora, .release, .initReboot: "to the lease"
        case .renew: "to the renewal"
        }
    }
}
