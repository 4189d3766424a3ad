import ArgumentParser
import Node
import Storm

/// Serves to measure what the disk and the routes cost. Hidden from users.
struct ForgetfulCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forgetful",
        abstract: "Serve leases from memory, without disk and routes, so that a storm shows what disk and routes cost.",
        shouldDisplay: false)

    @Option(help: "The interface to serve, such as a bridge.")
    var interface: String

    @Option(help: "How many addresses the pool has.")
    var poolSize = 60_000

    func validate() throws {
        try BlankText.refuse(["--interface": interface])
        guard (1...1_000_000).contains(poolSize) else { throw ValidationError("--pool-size must be from 1 to 1000000") }
    }

    func run() async throws {
        let server = try ForgetfulServer(onInterface: interface, poolSize: poolSize)
        defer { server.stop() }
        await untilCancelled()
    }
}
