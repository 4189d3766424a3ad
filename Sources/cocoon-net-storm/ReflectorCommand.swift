import ArgumentParser
import Node
import Storm

/// For measuring the load generator itself; not among the commands that users see.
struct ReflectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reflector",
        abstract: "Answer every DHCP message at once, without leases: a storm against it shows the machine's limit.",
        shouldDisplay: false)

    @Option(help: "The interface to answer on, such as a bridge.")
    var interface: String

    func validate() throws { try BlankText.refuse(["--interface": interface]) }

    func run() async throws {
        let reflector = try Reflector(onInterface: interface)
        defer { reflector.stop() }
        await untilCancelled()
    }
}

/// Waits until the task is cancelled.
func untilCancelled() async {
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
}
