import ArgumentParser
import Glibc
import Node
import Storm

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Watch a host give addresses to many VMs that boot at once.",
        discussion: """
            The host has a bridge and the daemon, like a real one, but is in its own namespaces: nothing on this \
            machine changes, and nothing is left behind. Root is not needed where user namespaces are allowed.
            """)

    @Option(help: "How many VMs boot.")
    var clients = 1000

    @Flag(help: "Keep the host running afterwards, so that you can look around in it.")
    var keep = false

    func run() async throws {
        guard DemoHost.clientLimits.contains(clients) else {
            throw BadInput(
                "--clients", "\(clients)", "is out of range",
                remedy: "use \(DemoHost.clientLimits.lowerBound) to \(DemoHost.clientLimits.upperBound)")
        }
        let host = try DemoHost(clientCount: clients)
        defer { host.remove() }
        print(
            "The demo host has the bridge \(DemoHost.bridge) and the subnet \(host.subnet); nothing outside can see them."
        )
        try await host.prepare()
        let cable = try VirtualCable(toBridge: DemoHost.bridge, named: "vms")
        let interface = cable.interfaceName
        try await host.whileServing {
            try await play(on: host, interface)
        }
    }

    /// Waits for one lease, and then lets all VMs boot.
    private func play(on host: DemoHost, _ interface: String) async throws {
        try await host.waitUntilServing(interface)
        print("The daemon serves. \(grouped(clients)) VMs boot at once:")
        var plan = StormPlan()
        plan.clientCount = clients
        let result = await ProgressDisplay.follow(try StormRun(plan, onInterface: interface))
        print("\n" + result.table(also: try host.facts()) + "\n")
        if !result.problems.isEmpty { throw CommandFailure(result.problems) }
        print(Self.outlook)
        if keep {
            print(host.lookAround)
            // Into a pipe, the lines would otherwise be printed only at the end.
            fflush(nil)
            await untilCancelled()
        }
    }

    private static let outlook = """
        Where to look next:
          cocoon-net demo --keep      keep this host, to look around in it
          cocoon-net storm --help     the same VMs on your own bridge
          cocoon-net adopt --help     a real node, then: cocoon-net daemon
        """
}
