import ArgumentParser
import Glibc
import Node
import Storm

struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Let simulated VMs get their addresses by DHCP, and measure how long that takes.",
        discussion: """
            Each VM has a MAC address of its own. The server may be any; it answers on the other \
            side of the interface. A lease that was \
            not released stays with the server until it expires.

            Exit code 1 if a client got no lease, or if an address was given to two.
            """)

    @Option(help: "The interface to storm on, such as one end of a veth pair.")
    var interface: String?

    @Option(help: "The bridge to storm on, through a port made for this and removed afterwards.")
    var bridge: String?

    @OptionGroup var plan: PlanOptions

    @Option(help: "How the result is printed: table or json.")
    var output = OutputFormat.table

    @Option(help: "A file for a picture (SVG) of the times to lease.")
    var picture: String?

    mutating func run() async throws {
        let plan = try plan.plan()
        switch (interface, bridge) {
        case (let interface?, nil):
            try await storm(plan, on: interface)
        case (nil, let bridge?):
            let cable = try VirtualCable(toBridge: bridge, named: "storm\(getpid())")
            try await storm(plan, on: cable.interfaceName)
        default:
            throw BadInput(
                "--interface", interface, "or --bridge is needed, and not both",
                remedy: "name the bridge of the VMs, such as --bridge cni0")
        }
    }

    private func storm(_ plan: StormPlan, on interface: String) async throws {
        let result = await ProgressDisplay.follow(try StormRun(plan, onInterface: interface))
        switch output {
        case .table: print(result.table())
        case .json: print(String(decoding: try result.json(), as: UTF8.self))
        }
        fflush(nil)
        if let picture { try Files.replace(picture, with: Array(result.picture().utf8), mode: 0o644) }
        if !result.problems.isEmpty { throw CommandFailure(result.problems) }
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}
