/// The options of the command line.
struct Options {
    /// How many events a run has.
    var events = 4000
    /// The first seed; each further run has the next.
    var seed: UInt64 = 1
    var seeds = 250
    var bug: InjectedBug?
    var isSelfTest = false
    var isTraced = false

    static let usage = """
        usage: crash-simulation [--events N] [--seed S] [--seeds K] [--plant BUG] [--self-test] [--trace]
          --events N    events of one run (4000)
          --seed S      the first seed (1); one run, unless --seeds says more
          --seeds K     runs, each with the next seed (250)
          --plant BUG   \(InjectedBug.allCases.map(\.rawValue).joined(separator: ", "))
          --self-test   every injected bug must be found, and nothing without one
          --trace       prints every event
        """

    /// Nil when the arguments are not understood.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        var hasSeeds = false
        while let name = rest.popFirst() {
            switch name {
            case "--self-test": isSelfTest = true
            case "--trace": isTraced = true
            case "--events":
                guard let value = rest.popFirst().flatMap(Int.init), value > 0 else { return nil }
                events = value
            case "--seed":
                guard let value = rest.popFirst().flatMap(UInt64.init) else { return nil }
                seed = value
                if !hasSeeds { seeds = 1 }
            case "--seeds":
                guard let value = rest.popFirst().flatMap(Int.init), value > 0 else { return nil }
                seeds = value
                hasSeeds = true
            case "--plant":
                guard let value = rest.popFirst().flatMap(InjectedBug.init(rawValue:)) else { return nil }
                bug = value
            default: return nil
            }
        }
    }

    /// The command that repeats the run of one seed.
    func replayCommand(seed: UInt64, bug: InjectedBug?) -> String {
        "crash-simulation --events \(events) --seed \(seed)" + (bug.map { " --plant \($0.rawValue)" } ?? "")
    }
}
