/// The progress of a storm, to be displayed.
package struct StormProgress: Equatable, Sendable {
    package var phase = StormPhase.preparing
    package var clientCount = 0
    /// Clients that reached the goal of the phase, and clients that gave up. Above `clientCount` if clients play
    /// repeatedly.
    package var completedCount = 0
    package var lostCount = 0
    package var resendCount = 0
    /// The time since the phase began.
    package var elapsed = Duration.zero
    /// How long the phase lasts, if the plan sets a duration.
    package var duration: Duration?

    package init() {}

    init(_ simulation: borrowing Simulation, at now: UInt64) {
        phase = simulation.phase
        clientCount = phase == .preparing ? simulation.preparationCount : simulation.plan.clientCount
        completedCount = simulation.tally.completedCount
        lostCount = simulation.tally.lostCount
        resendCount = simulation.tally.resendCount
        elapsed = .nanoseconds(Int64(clamping: now - simulation.start))
        duration = phase == .preparing ? nil : simulation.plan.duration
    }

    /// The share that is done, from 0 to 1.
    package var fraction: Double {
        let clients = clientCount == 0 ? 0 : Double(completedCount + lostCount) / Double(clientCount)
        guard let duration, duration > .zero else { return min(clients, 1) }
        return min(elapsed / duration, 1)
    }
}

extension StormProgress {
    /// One line of at most `width` columns: a bar and the numbers behind it.
    package func line(width: Int) -> String {
        var text = phase == .preparing && clientCount > 0 ? "first, leases: " : ""
        text += "\(grouped(completedCount)) of \(grouped(clientCount))"
        if duration != nil { text = "\(grouped(completedCount)) done" }
        if resendCount > 0 { text += ", \(grouped(resendCount)) resent" }
        if lostCount > 0 { text += ", \(grouped(lostCount)) lost" }
        text += ", \(durationText(elapsed))"
        let barWidth = min(width - text.count - 4, 30)
        guard barWidth >= 10 else { return String(text.prefix(width)) }
        let filled = Int(fraction * Double(barWidth))
        return "  " + String(repeating: "█", count: filled) + String(repeating: "░", count: barWidth - filled) + "  "
            + text
    }
}
