import FastDHCP
import LinuxSystem

/// The runs of all seeds.
struct Simulation {
    let options: Options

    /// A promise that was broken.
    struct Finding {
        var sentence: String
        var seed: UInt64
    }

    /// - Returns: the first broken promise.
    func run(bug: InjectedBug?, into tally: Tally) throws(SystemError) -> Finding? {
        for seed in options.seed..<options.seed + UInt64(options.seeds) {
            let world = World(
                seed: seed, events: options.events, bug: bug, tally: tally, isTraced: options.isTraced)
            if let sentence = try world.run() { return Finding(sentence: sentence, seed: seed) }
        }
        return nil
    }

    func report(_ finding: Finding, bug: InjectedBug?) {
        print("broken promise: \(finding.sentence)")
        print("seed: \(finding.seed)")
        print("replay: \(options.replayCommand(seed: finding.seed, bug: bug))")
    }

    /// - Returns: whether every injected bug was found, and the runs without a bug kept all promises.
    func testItself() throws(SystemError) -> Bool {
        var isSound = true
        for bug in InjectedBug.allCases {
            let tally = Tally()
            print("injected bug: \(bug.rawValue)")
            if let finding = try run(bug: bug, into: tally) {
                report(finding, bug: bug)
            } else {
                print("NOT FOUND in \(tally.events) events")
                isSound = false
            }
        }
        return try runClean() && isSound
    }

    /// - Returns: whether all promises were kept.
    func runClean(bug: InjectedBug? = nil) throws(SystemError) -> Bool {
        let tally = Tally()
        let finding = try run(bug: bug, into: tally)
        print(tally.table)
        if let finding { report(finding, bug: bug) } else { print("no broken promise") }
        return finding == nil
    }
}
