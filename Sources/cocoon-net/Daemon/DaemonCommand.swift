import Addresses
import ArgumentParser
import FastDHCP
import ClientSettings
import LinuxSystem
import Node

/// `cocoon-net daemon`: serves DHCP until it is told to stop.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon", abstract: "Serve DHCP on the bridge, with the addresses of pool.json.")

    @Option(help: "Where pool.json lies.")
    var stateDir = Pool.defaultStateDirectory

    @Option(help: "The bridge to serve; pool.json names it unless this is given.")
    var interface: String?

    @Flag(help: "Leave the host's iptables as they are.")
    var skipIptables = false

    @Option(
        help:
            "How long a lease is: 90s, 15m, 24h or infinite; pool.json's options say it unless this is given, else 24h."
    )
    var leaseTime: LeaseTime?

    @Option(help: "How many packet threads there are, 1 to 255.")
    var workers = 1

    @Option(help: "The size of each packet ring in KiB, a multiple of 64.")
    var ringSize = RingGeometry.default.byteCount / 1024

    @Option(help: "A relay that may set giaddr; repeatable.", transform: relayAddress)
    var relay: [IPv4Address] = []

    @Flag(help: "Accept a chaddr that differs from the Ethernet source.")
    var noSourceMacCheck = false

    @Flag(help: "Send replies for 255.255.255.255 to the Ethernet broadcast address too, not to the client's own.")
    var floodBroadcasts = false

    @Option(help: "Where /metrics is served; empty for nowhere. Environment: COCOON_NET_METRICS_ADDR.")
    var metricsAddr: String?

    @Flag(help: "Serve /metrics to the VMs of this host, too.")
    var metricsFromVms = false

    @Option(help: "The control socket; empty for none. Environment: COCOON_NET_CONTROL_SOCKET.")
    var controlSocket: String?

    @Option(help: "Where other programs read the leases; leases.json in the state directory unless this is given.")
    var leaseFile: String?

    @Option(help: "The file that keeps a second daemon from starting.")
    var pidFile = DaemonPIDFile.defaultPath

    @Option(help: "Where the CNI network's file lies.")
    var cniConfDir = CNIConflist.defaultDirectory

    /// The address of a relay.
    private static func relayAddress(_ text: String) throws -> IPv4Address {
        guard let address = IPv4Address(text), address != .unspecified else {
            throw ValidationError(
                "--relay \"\(text)\" is not a host's IPv4 address; name the relay's own, such as 172.20.0.2")
        }
        return address
    }

    func validate() throws {
        try BlankText.refuse([
            "--state-dir": stateDir, "--interface": interface, "--lease-file": leaseFile, "--pid-file": pidFile,
            "--cni-conf-dir": cniConfDir,
        ])
        guard (1...255).contains(workers) else {
            throw ValidationError("--workers \(workers) is not a number of threads; use 1 to 255")
        }
        guard (try? ringGeometry) != nil else {
            let limits = RingGeometry.byteCountLimits
            throw ValidationError(
                "--ring-size \(ringSize) is no size of a ring; use a multiple of 64 from \(limits.lowerBound / 1024) to "
                    + "\(limits.upperBound / 1024), in KiB")
        }
    }

    func run() async throws {
        HangUpSignal.keep()
        try await Daemon(self).run()
    }

    var ringGeometry: RingGeometry {
        get throws(RingGeometryError) {
            let (byteCount, overflow) = ringSize.multipliedReportingOverflow(by: 1024)
            return try RingGeometry(byteCount: overflow ? .max : byteCount)
        }
    }
}
