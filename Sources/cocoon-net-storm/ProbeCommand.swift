import ArgumentParser
import FoundationEssentials
import Glibc
import Node
import Storm

/// Serves `cocoon-net doctor`. Hidden from users.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Find the DHCP servers on a bridge that offer an address, through a temporary port. Leases nothing.",
        shouldDisplay: false)

    @Option(help: "The bridge to ask on.")
    var bridge: String

    @Option(help: "How long to wait for offers.")
    var timeout = TimeSpan(.seconds(4))

    func validate() throws { try BlankText.refuse(["--bridge": bridge]) }

    func run() async throws {
        let cable = try VirtualCable(toBridge: bridge, named: "probe\(getpid())")
        var probe = try ServerProbe(onInterface: cable.interfaceName)
        let offers = try probe.offers(within: UInt64(timeout.duration / .milliseconds(1)))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(offers), as: UTF8.self))
    }
}
