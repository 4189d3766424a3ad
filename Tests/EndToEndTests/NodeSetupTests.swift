import Addresses
import TestSupport
import Testing

/// What the host needs so that a VM that has a lease can be reached.
@Suite(.needsSandbox, .needs("busybox"), .endsWhenHung)
struct NodeSetupTests {
    /// A node with a primary NIC and a FORWARD policy of DROP, as Docker leaves it.
    private func node() throws -> RoutedNode {
        let node = try RoutedNode()
        try node.host.sandbox.shell("iptables -P FORWARD DROP; ip link set nic0 mtu 1400")
        try node.host.adopt(poolSize: 200, ["--primary-nic", "nic0", "--manage-iptables"])
        return node
    }

    @Test("a VM reaches the outside through the primary NIC although FORWARD drops; the outside only answers")
    func outward() throws {
        let node = try node()
        let daemon = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try node.isReached(by: vm))
        #expect(try !node.reaches(vm.address))
        #expect(daemon.process.isRunning)
    }

    @Test("where the VMs' addresses are the primary NIC's, the outside reaches a VM although FORWARD drops")
    func inward() throws {
        let node = try node()
        try node.host.sandbox.shell(
            #"sed -i 's/"platform": "none",/& "nodeNeeds": ["noLocalRoutes"],/' \#(TestHost.poolFile)"#)
        let daemon = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try node.reaches(vm.address), "\(daemon.process.output)")
        #expect(try node.isReached(by: vm))
    }

    @Test("bridge and CNI network have the primary NIC's MTU")
    func mtu() throws {
        let node = try node()
        #expect(node.host.sandbox.read("/sys/class/net/cni0/mtu") == "1400\n")
        let conflist = try #require(node.host.sandbox.read(TestHost.cniDirectory + "/30-cocoon-dhcp.conflist"))
        #expect(conflist.contains("\"mtu\": 1400"))
    }
}
