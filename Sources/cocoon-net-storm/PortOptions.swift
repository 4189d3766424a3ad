import ArgumentParser
import Glibc
import Netlink
import Node
import Storm

/// The options that say where the VMs are.
struct PortOptions: ParsableArguments {
    @Option(help: "An interface to send on, such as one end of a veth pair; VMs are spread over all that are given.")
    var interface: [String] = []

    @Option(help: "The bridge to send on, through temporary ports that are removed afterwards.")
    var bridge: String?

    @Option(help: "With --bridge: how many ports, with one VM behind each, or with --clients VMs behind all of them.")
    var ports: Int?

    @Flag(help: "With --ports: no frames pass between them.")
    var isolated = false

    @Flag(help: "With --ports: the bridge does not learn MAC addresses on them.")
    var noLearning = false

    @Flag(help: "With --ports: the bridge does not flood broadcasts to them.")
    var noBroadcastFlood = false

    @Flag(help: "With --ports: the bridge gets forwarding entries for all VMs beforehand.")
    var staticEntries = false

    func validate() throws {
        try BlankText.refuse(["--bridge": bridge])
        for name in interface { try BlankText.refuse(["--interface": name]) }
    }

    /// The place that the options name. Throws if they do not go together.
    func place() throws -> StormPlace {
        guard interface.isEmpty != (bridge == nil) else {
            throw BadInput(
                "--interface", interface.first, "or --bridge is needed, and not both",
                remedy: "name the bridge of the VMs, such as --bridge cni0")
        }
        guard let bridge else {
            try refusePortOptions("a bridge", remedy: "use --bridge instead of --interface")
            return .interfaces(interface)
        }
        guard let ports else {
            try refusePortOptions("a number of ports", remedy: "add --ports 100, for example")
            return .cable(bridge: bridge)
        }
        guard (1...BridgePorts.limit).contains(ports) else {
            throw BadInput("--ports", "\(ports)", "is out of range", remedy: "use 1 to \(BridgePorts.limit)")
        }
        return .ports(ports, bridge: bridge)
    }

    private func refusePortOptions(_ missing: String, remedy: String) throws {
        let given = [
            ("--ports", ports != nil), ("--isolated", isolated), ("--no-learning", noLearning),
            ("--no-broadcast-flood", noBroadcastFlood), ("--static-entries", staticEntries),
        ]
        guard let option = given.first(where: \.1) else { return }
        throw BadInput(option.0, nil, "needs \(missing)", remedy: remedy)
    }

    /// How the bridge treats the ports.
    var settings: BridgePort {
        BridgePort(
            isIsolated: isolated ? true : nil, isLearning: noLearning ? false : nil,
            floodsBroadcast: noBroadcastFlood ? false : nil)
    }
}

/// Where the VMs of a storm are.
enum StormPlace: Equatable {
    /// Behind interfaces that exist.
    case interfaces([String])
    /// Behind one port of the bridge.
    case cable(bridge: String)
    /// Behind many ports of the bridge.
    case ports(Int, bridge: String)

    /// The number of VMs if --clients is not given.
    var clientCount: Int {
        if case .ports(let count, _) = self { count } else { 1000 }
    }
}
