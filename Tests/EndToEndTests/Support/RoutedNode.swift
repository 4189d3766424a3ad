import Addresses
import TestSupport

/// A host with another machine behind it: `outside` is a host of the network that the node's NIC is on, and reaches VMs
/// through the node alone.
final class RoutedNode {
    let host: TestHost
    let outside: Sandbox
    static let outsideAddress = IPv4Address(192, 0, 2, 2)

    init() throws {
        host = try TestHost()
        outside = try Sandbox("outside")
        // Outside the process namespace, so that `ip` knows the sandbox by the number that we see.
        try host.sandbox.run(
            ["ip", "link", "add", "nic0", "type", "veth", "peer", "name", "eth0", "netns", "\(outside.processID)"],
            in: .network)
        try host.sandbox.shell("ip address add 192.0.2.1/24 dev nic0; ip link set nic0 up")
        try outside.shell(
            """
            ip address add \(Self.outsideAddress)/24 dev eth0
            ip link set eth0 up
            ip route add default via 192.0.2.1
            """)
    }

    /// A VM that leases an address and configures it.
    func leasedMachine(_ name: String = "vm", mac: MACAddress = MACAddress(2, 0, 0, 0, 0, 1)) throws -> LeasedMachine {
        let machine = try host.machine(name, mac: mac)
        let lease = try machine.client().lease()
        try machine.configure(lease.address, gateway: host.gateway)
        return LeasedMachine(machine: machine, lease: lease)
    }

    /// Whether a VM's packet reaches the outside and is answered.
    func isReached(by vm: LeasedMachine) throws -> Bool {
        let ping = ["busybox", "ping", "-c", "1", "-W", "2", "\(Self.outsideAddress)"]
        return try vm.machine.sandbox.start(ping).wait() == .exit(0)
    }

    /// Whether a packet from outside reaches an address and comes back.
    func reaches(_ address: IPv4Address) throws -> Bool {
        try outside.start(["busybox", "ping", "-c", "1", "-W", "2", "\(address)"]).wait() == .exit(0)
    }
}

/// A VM and what it leased.
struct LeasedMachine {
    let machine: Machine
    let lease: Lease

    var address: IPv4Address { lease.address }
}

extension Machine {
    /// Gives `eth0` what a lease says.
    func configure(_ address: IPv4Address, gateway: IPv4Address) throws {
        try sandbox.shell("ip address add \(address)/24 dev eth0; ip route add default via \(gateway)")
    }
}
