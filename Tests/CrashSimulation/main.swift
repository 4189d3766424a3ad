// crash-simulation: runs the engine, the committer and the journal on a simulated disk, kernel, clock and clients, and
// crashes them. The checker learns of leases only from replies on the wire. Exit status 1 when a promise was broken.
import Glibc

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
    print(Options.usage)
    exit(2)
}
let simulation = Simulation(options: options)
do {
    let isSound = options.isSelfTest ? try simulation.testItself() : try simulation.runClean(bug: options.bug)
    exit(isSound ? 0 : 1)
} catch {
    print("the machine refuses what the simulation needs: \(error)")
    exit(2)
}
