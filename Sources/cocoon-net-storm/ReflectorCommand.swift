import ArgumentParser
import Node
import Storm

/// Serves to measure the load generator itself. Hidden from users.
struct ReflectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reflector",
        abstract: "Answer every DHCP message immediately, without leases, so that a storm shows the machine's limit.",
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
