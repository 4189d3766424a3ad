import ArgumentParser
import Glibc
import Node
import Storm

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See a host give addresses to many VMs that boot at once.",
        discussion: """
            The host has a bridge and the daemon, set up as a real one, in namespaces of its own: nothing on this \
            machine changes, and nothing is left behind. It needs no root where user namespaces are allowed.
            """)

    @Option(help: "How many VMs boot.")
    var clients = 1000

    @Flag(help: "Leave the host running afterwards, to look around in it.")
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
            "A host of its own, with the bridge \(DemoHost.bridge) and the subnet \(host.subnet), which nobody outside sees."
        )
        try await host.prepare()
        let cable = try VirtualCable(toBridge: DemoHost.bridge, named: "vms")
        let interface = cable.interfaceName
        try await host.whileServing {
            try await play(on: host, interface)
        }
    }

    /// One lease, then all.
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
            // A pipe would keep the lines back until the end.
            fflush(nil)
            await untilCancelled()
        }
    }

    private static let outlook = """
        Where to look next:
          cocoon-net demo --keep      this host stays, to look around in it
          cocoon-net storm --help     the same VMs on a bridge of yours
          cocoon-net adopt --help     a real node, then: cocoon-net daemon
        """
}
