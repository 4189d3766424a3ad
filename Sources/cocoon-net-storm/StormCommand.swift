import ArgumentParser
import Glibc
import LinuxSystem
import Node
import Storm

struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Simulate VMs that get their addresses by DHCP, and measure how long that takes.",
        discussion: """
            Each VM has its own MAC address. Any DHCP server on the other side of the interface can answer. A lease \
            that is not released stays with the server until it expires.

            The exit code is 1 if a VM got no lease, or if an address was given to two VMs.
            """)

    @OptionGroup var ports: PortOptions

    @OptionGroup var plan: PlanOptions

    @Option(help: "The server's process ID, to report how much processor time it took.")
    var serverPid: Int32?

    @Option(help: "How to print the result: text or json.")
    var output = OutputFormat.text

    @Option(help: "A file to write a picture (SVG) of the times to lease to.")
    var picture: String?

    func validate() throws { try BlankText.refuse(["--picture": picture]) }

    mutating func run() async throws {
        let place = try ports.place()
        if let serverPid, !Files.exists("/proc/\(serverPid)/task") {
            throw BadInput(
                "--server-pid", "\(serverPid)", "is not a process here", remedy: "use the number that pidof prints")
        }
        let plan = try plan.plan(defaultClientCount: place.clientCount)
        switch place {
        case .interfaces(let names):
            try await finish(try StormRun(plan, on: StormInterfaces(named: names), serverPID: serverPid))
        case .cable(let bridge):
            let cable = try VirtualCable(toBridge: bridge, named: "storm\(getpid())")
            let interface = try StormInterfaces(named: [cable.interfaceName])
            try await finish(try StormRun(plan, on: interface, serverPID: serverPid))
        case .ports(let count, let bridge):
            let bridgePorts = try BridgePorts(count, ofBridge: bridge, named: "st\(getpid())", ports.settings)
            if ports.staticEntries { try bridgePorts.addForwardingEntries(for: plan) }
            try await finish(try bridgePorts.storm(plan, serverPID: serverPid))
        }
    }

    /// Shows the progress of a storm until its end, and then its result.
    private func finish(_ run: StormRun) async throws {
        let result = await ProgressDisplay.follow(run)
        switch output {
        case .text: print(result.table())
        case .json: print(String(decoding: try result.json(), as: UTF8.self))
        }
        fflush(nil)
        if let picture { try Files.replace(picture, with: Array(result.picture().utf8), mode: 0o644) }
        if !result.problems.isEmpty { throw CommandFailure(result.problems) }
    }
}

extension OutputFormat: ExpressibleByArgument {}
