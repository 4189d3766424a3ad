import ArgumentParser
import Node
import Provision

/// `cocoon-net adopt`.
struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Manage a node whose addresses are routed to it already. Asks no cloud for anything.")

    @OptionGroup var pool: PoolOptions
    @OptionGroup var places: PathOptions

    @Option(help: "The most addresses that the pool gets. (default: 253)")
    var poolSize: Int?

    @Option(help: "A file with the exact addresses that the VPC routes here, one a line.")
    var addressesFile: String?

    @Flag(help: "Write iptables rules. Without it, the host's stay as they are.")
    var manageIptables = false

    func run() async throws {
        var request = pool.request(.adopt, poolSize: poolSize)
        request.managesIPTables = manageIptables
        request.addressesFile = addressesFile
        let plan = try await Adoption.plan(request, paths: places.paths)
        try await Output.carryOut(plan, dryRun: pool.dryRun)
    }
}

/// `cocoon-net init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Prepare a node from nothing.")

    @OptionGroup var pool: PoolOptions
    @OptionGroup var places: PathOptions

    @Option(help: "The most addresses that the pool gets. (default: 140)")
    var poolSize: Int?

    func run() async throws {
        let plan = try await Adoption.plan(pool.request(.`init`, poolSize: poolSize), paths: places.paths)
        try await Output.carryOut(plan, dryRun: pool.dryRun)
    }
}

/// `cocoon-net status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show the pool of this node.")

    @OptionGroup var places: PathOptions

    func run() throws {
        print(Status.text(of: try Pool.load(from: places.stateDir)), terminator: "")
    }
}

/// `cocoon-net teardown`.
struct TeardownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teardown",
        abstract: "Take back what adopt or init made on this node, and forget its pool and leases.")

    @OptionGroup var places: PathOptions

    @Flag(help: "Go on although the daemon runs.")
    var force = false

    @Flag(help: "Print what would be done, and change nothing.")
    var dryRun = false

    func run() async throws {
        let plan = try await Teardown.plan(paths: places.paths, force: force)
        try await Output.carryOut(plan, dryRun: dryRun)
    }
}
