import Addresses
import TestSupport

/// A host for a server from Debian: the same bridge and addresses as ours, without cocoon-net.
final class PeerHost: Sendable {
    let sandbox: Sandbox
    let bridge = "cni0"

    init() throws {
        sandbox = try Sandbox("peer")
        // A bridge whose MAC is set keeps it when ports are added; servers read it only once.
        try sandbox.shell(
            """
            ip link add \(bridge) address 02:00:00:00:00:fe type bridge
            ip address add \(Network.gateway)/\(Network.subnet.prefixLength) dev \(bridge)
            ip link set \(bridge) up
            mkdir -p /run/peer
            """)
    }

    /// Starts a peer with the configuration that comes nearest to what cocoon-net promises.
    func start(_ subject: Subject) throws -> ChildProcess {
        switch subject {
        case .cocoonNet: preconditionFailure("cocoon-net has a host of its own")
        case .dnsmasq: try startDnsmasq()
        case .kea: try startKea()
        case .isc: try startISC()
        }
    }

    private func startDnsmasq() throws -> ChildProcess {
        let range = "\(Network.pool.lowerBound),\(Network.pool.upperBound),\(Network.subnet.netmask)"
        return try sandbox.start([
            "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--user=root", "--no-ping",
            "--interface=\(bridge)", "--bind-interfaces", "--dhcp-rapid-commit", "--dhcp-authoritative",
            "--dhcp-ignore-clid", "--log-dhcp",
            "--dhcp-leasefile=/run/peer/leases", "--dhcp-range=\(range),\(Network.leaseSeconds)",
            "--dhcp-option=3,\(Network.gateway)", "--dhcp-option=6,\(dnsList)",
        ])
    }

    private func startKea() throws -> ChildProcess {
        let configuration = """
            {"Dhcp4": {
              "interfaces-config": {"interfaces": ["\(bridge)"], "dhcp-socket-type": "raw"},
              "lease-database": {"type": "memfile", "persist": false},
              "multi-threading": {"enable-multi-threading": false},
              "authoritative": true, "match-client-id": false, "calculate-tee-times": true,
              "valid-lifetime": \(Network.leaseSeconds),
              "subnet4": [{
                "subnet": "\(Network.subnet)",
                "pools": [{"pool": "\(Network.pool.lowerBound) - \(Network.pool.upperBound)"}],
                "option-data": [
                  {"name": "routers", "data": "\(Network.gateway)"},
                  {"name": "domain-name-servers", "data": "\(dnsList)"}
                ]
              }]
            }}
            """
        try sandbox.write(configuration, to: "/run/peer/kea.json")
        return try sandbox.start(
            [try sandbox.unconfined("/usr/sbin/kea-dhcp4"), "-c", "/run/peer/kea.json"],
            environment: ["KEA_PIDFILE_DIR": "/run/peer", "KEA_LOCKFILE_DIR": "/run/peer"])
    }

    private func startISC() throws -> ChildProcess {
        let configuration = """
            authoritative;
            echo-client-id true;
            ping-check false;
            deny duplicates;
            ignore-client-uids true;
            default-lease-time \(Network.leaseSeconds);
            max-lease-time \(Network.leaseSeconds);
            subnet \(Network.subnet.address) netmask \(Network.subnet.netmask) {
              range \(Network.pool.lowerBound) \(Network.pool.upperBound);
              option routers \(Network.gateway);
              option domain-name-servers \(dnsList);
            }
            """
        try sandbox.write(configuration, to: "/run/peer/dhcpd.conf")
        try sandbox.write("", to: "/run/peer/dhcpd.leases")
        return try sandbox.start([
            try sandbox.unconfined("/usr/sbin/dhcpd"), "-4", "-f", "-d", "-cf", "/run/peer/dhcpd.conf",
            "-lf", "/run/peer/dhcpd.leases", "-pf", "/run/peer/dhcpd.pid", bridge,
        ])
    }

    private var dnsList: String { Network.dns.map(\.description).joined(separator: ",") }
}
