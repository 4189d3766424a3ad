import ArgumentParser
import Node
import Storm

/// The options of a storm's plan.
struct PlanOptions: ParsableArguments {
    @Option(help: "How many VMs. (default: 1000, or one behind each port)")
    var clients: Int?

    @Option(help: "What each VM does: dora, renew, release (dora, then RELEASE) or init-reboot. (default: dora)")
    var scenario: Scenario?

    @Option(help: "Several scenarios by weight, for example dora=50,renew=30,init-reboot=10,release=10.")
    var mix: String?

    @Option(help: "When VMs begin: avalanche (all at once), closed (--window at a time) or open (--rate a second).")
    var shape = ShapeName.avalanche

    @Option(help: "With closed: how many VMs at a time.")
    var window = 64

    @Option(help: "With open: how many VMs a second.")
    var rate = 1000.0

    @Option(help: "With avalanche: how many VMs may wait for a lease at once, so that no ring of that size overflows.")
    var burst = LoadShape.defaultBurst

    @Option(
        help:
            "With closed and open: how long VMs begin, again and again except those that do dora. (default: each once)")
    var duration: TimeSpan?

    @Option(help: "How long a VM tries before it counts as lost.")
    var timeout = TimeSpan(.seconds(30))

    @Option(help: "How long a VM waits before it first sends a message again; 4s in RFC 2131. Doubles each time.")
    var backOff = TimeSpan(.seconds(4))

    @Flag(help: "Ask for the two-message exchange (rapid commit, RFC 4039).")
    var rapidCommit = false

    @Flag(help: "Ask for replies by broadcast.")
    var broadcast = false

    @Option(help: "The seed of MAC addresses and random waits: the same seed makes the same storm.")
    var seed: UInt64 = 1

    /// The plan. Throws if an option is out of range or does not go with another.
    func plan(defaultClientCount: Int) throws -> StormPlan {
        let clients = clients ?? defaultClientCount
        try check("--clients", clients, 1...StormPlan.clientLimit)
        try check("--window", window, 1...StormPlan.clientLimit)
        try check("--burst", burst, 1...StormPlan.clientLimit)
        try check("--rate", rate, 0.1...10_000_000)
        if shape == .avalanche, duration != nil {
            throw BadInput(
                "--duration", duration?.defaultValueDescription, "does not go with an avalanche, which happens once",
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

    /// Creates a span of whole seconds.
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
