import Addresses
import ArgumentParser
import FastDHCP
import ClientSettings
import LinuxSystem
import Node

/// `cocoon-net daemon`: serves DHCP until it is stopped.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon", abstract: "Serve DHCP on the bridge, with the addresses of pool.json.")

    @Option(help: "The directory of pool.json, leases.journal and leases.json.")
    var stateDir = Pool.defaultStateDirectory

    @Option(help: "The bridge to serve. If not given, the one that pool.json names.")
    var interface: String?

    @Flag(help: "Leave the host's iptables rules as they are.")
    var skipIptables = false

    @Option(
        help:
            "How long a lease lasts: 90s, 15m, 24h or infinite. If not given, options.leaseTime of pool.json, else 24h."
    )
    var leaseTime: LeaseTime?

    @Option(help: "The number of packet threads, 1 to 255.")
    var workers = 1

    @Option(help: "The size of each packet ring in KiB, a multiple of 64.")
    var ringSize = RingGeometry.default.byteCount / 1024

    @Option(help: "The address of a relay that may set giaddr. Repeatable.", transform: relayAddress)
    var relay: [IPv4Address] = []

    @Flag(help: "Accept a chaddr that differs from the Ethernet source address.")
    var noSourceMacCheck = false

    @Flag(help: "Send replies to 255.255.255.255 to the Ethernet broadcast address, not to the VM's MAC address.")
    var floodBroadcasts = false

    @Option(help: "The address to serve /metrics at; empty for no metrics. Environment: COCOON_NET_METRICS_ADDR.")
    var metricsAddr: String?

    @Flag(help: "Serve /metrics to the VMs of this host too.")
    var metricsFromVms = false

    @Option(help: "The path of the control socket; empty for none. Environment: COCOON_NET_CONTROL_SOCKET.")
    var controlSocket: String?

    @Option(help: "The lease file for other programs. If not given, leases.json in the state directory.")
    var leaseFile: String?

    @Option(help: "The pid file, which keeps a second daemon from starting.")
    var pidFile = DaemonPIDFile.defaultPath

    @Option(help: "The directory of the CNI network configuration file.")
    var cniConfDir = CNIConflist.defaultDirectory

    private static func relayAddress(_ text: String) throws -> IPv4Address {
        guard let address = IPv4Address(text), address != .unspecified else {
            throw ValidationError(
                "--relay \"\(text)\" is not the IPv4 address of a host; give the relay's address, such as 172.20.0.2")
        }
        return address
    }

    func validate() throws {
        try BlankText.refuse([
            "--state-dir": stateDir, "--interface": interface, "--lease-file": leaseFile, "--pid-file": pidFile,
            "--cni-conf-dir": cniConfDir,
        ])
        guard (1...255).contains(workers) else {
            throw ValidationError("--workers \(workers) is out of range; use 1 to 255")
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
