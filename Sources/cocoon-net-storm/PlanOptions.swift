import ArgumentParser
import Node
import Storm

/// What is to be played.
struct PlanOptions: ParsableArguments {
    @Option(help: "How many VMs. (default: 1000, or one behind each port)")
    var clients: Int?

    @Option(help: "What each does: dora, renew, release (dora and give it back) or init-reboot. (default: dora)")
    var scenario: Scenario?

    @Option(help: "What each share of them does, by weight: dora=50,renew=30,init-reboot=10,release=10, for example.")
    var mix: String?

    @Option(help: "When they begin: avalanche (all at once), closed (so many at a time) or open (so many a second).")
    var shape = ShapeName.avalanche

    @Option(help: "With closed: how many at a time.")
    var window = 64

    @Option(help: "With open: how many a second.")
    var rate = 1000.0

    @Option(help: "With avalanche: at most so many frames at a time, so that no receive ring of that size overflows.")
    var burst = LoadShape.defaultBurst

    @Option(
        help:
            "With closed and open: how long VMs begin, over and over but for those that do dora. (default: each once)")
    var duration: TimeSpan?

    @Option(help: "How long a VM tries before it counts as lost.")
    var timeout = TimeSpan(.seconds(30))

    @Option(help: "How long a VM waits before it asks again for the first time; RFC 2131 has 4s. Doubles each time.")
    var backOff = TimeSpan(.seconds(4))

    @Flag(help: "Ask for the exchange of two messages (RFC 4039).")
    var rapidCommit = false

    @Flag(help: "Ask for replies by broadcast.")
    var broadcast = false

    @Option(help: "What MAC addresses and random waits are made from: the same number makes the same storm.")
    var seed: UInt64 = 1

    /// The plan, if all of it makes sense.
    func plan(defaultClientCount: Int) throws -> StormPlan {
        let clients = clients ?? defaultClientCount
        try check("--clients", clients, 1...StormPlan.clientLimit)
        try check("--window", window, 1...StormPlan.clientLimit)
        try check("--burst", burst, 1...StormPlan.clientLimit)
        try check("--rate", rate, 0.1...10_000_000)
        if shape == .avalanche, duration != nil {
            throw BadInput(
                "--duration", duration?.defaultValueDescription, "does not go with an avalanche, which comes but once",
                remedy: "use --shape closed or --shape open")
        }
        var plan = StormPlan()
        plan.clientCount = clients
        plan.mix = try scenarioMix()
        switch shape {
        case .avalanche: plan.shape = .avalanche(burst: burst)
        case .closed: plan.shape = .closed(window: window)
        case .open: plan.shape = .open(perSecond: rate)
        }
        plan.duration = duration?.duration
        plan.timeout = timeout.duration
        plan.firstBackOff = backOff.duration
        plan.asksForRapidCommit = rapidCommit
        plan.setsBroadcastFlag = broadcast
        plan.seed = seed
        return plan
    }

    private func scenarioMix() throws -> ScenarioMix {
        guard let mix else { return ScenarioMix(scenario ?? .dora) }
        if let scenario {
            throw BadInput(
                "--scenario", scenario.rawValue, "does not go with --mix", remedy: "use one of them")
        }
        do {
            return try ScenarioMix(parsing: mix)
        } catch {
            throw BadInput(
                "--mix", error.problem.value, error.problem.text,
                remedy: "use weights of dora, renew, release and init-reboot, such as dora=50,renew=50")
        }
    }

    private func check<Value: Comparable>(_ option: String, _ value: Value, _ range: ClosedRange<Value>) throws {
        guard !range.contains(value) else { return }
        throw BadInput(
            option, "\(value)", "is out of range", remedy: "use \(range.lowerBound) to \(range.upperBound)")
    }
}

enum ShapeName: String, ExpressibleByArgument, CaseIterable {
    case avalanche, closed, open
}

extension Scenario: ExpressibleByArgument {}

/// A span of time on the command line: a whole number and its unit, such as 500ms, 30s, 15m or 1h; at most a day.
struct TimeSpan: ExpressibleByArgument {
    let duration: Duration
    let defaultValueDescription: String

    /// Whole seconds.
    init(_ duration: Duration) {
        self.duration = duration
        defaultValueDescription = "\(duration.components.seconds)s"
    }

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        let units: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
        guard let number = Int64(digits), let unit = units[argument.dropFirst(digits.count)] else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit)
        duration = .milliseconds(milliseconds)
        guard !overflow, (.milliseconds(1)...StormPlan.timeLimit).contains(duration) else { return nil }
        defaultValueDescription = argument
    }
}
