import ArgumentParser
import Node
import Storm

/// For measuring what the disk and the routes cost; not among the commands that users see.
struct ForgetfulCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forgetful",
        abstract: "Serve leases from memory, without disk and routes: a storm against it shows what these cost.",
        shouldDisplay: false)

    @Option(help: "The interface to serve, such as a bridge.")
    var interface: String

    @Option(help: "How many addresses there are.")
    var poolSize = 60_000

    func validate() throws {
        try BlankText.refuse(["--interface": interface])
        guard (1...1_000_000).contains(poolSize) else { throw ValidationError("--pool-size is from 1 to 1000000") }
    }

    func run() async throws {
        let server = try ForgetfulServer(onInterface: interface, poolSize: poolSize)
        defer { server.stop() }
        await untilCancelled()
    }
}
