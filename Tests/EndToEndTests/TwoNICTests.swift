import Addresses
import TestSupport
import Testing

/// A VM with two NICs on the bridge, and a dhclient for each, as ifupdown starts them.
@Suite(.needsSandbox, .needs("dhclient"), .endsWhenHung)
struct TwoNICTests {
    @Test("a VM renews the lease of its second NIC through the first, and keeps both")
    func renewal() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon(["--lease-time", "10s"])
        let machine = try host.machine()
        let secondMAC = MACAddress(2, 0, 0, 0, 0, 2)
        try host.sandbox.run(
            [
                "ip", "link", "add", "veth-second", "type", "veth", "peer", "name", "eth1", "address", "\(secondMAC)",
                "netns", "\(machine.sandbox.processID)",
            ], in: .network)
        try machine.sandbox.run(["ip", "link", "set", "eth1", "up"])
        try host.sandbox.run(["ip", "link", "set", "veth-second", "master", host.bridge, "up"])

        let first = try RealClient(.dhclient, on: machine)
        let firstLease = try first.awaitLease()
        let second = try RealClient(.dhclient, on: machine, interface: "eth1")
        let lease = try second.awaitLease()
        // The kernel's first route to the server is through eth0, so the request comes from eth0's MAC and address.
        let request = try first.conversation.next(.request) { $0.message.ciaddr == lease.address }
        #expect(request.frame.source == machine.mac && request.message.mac == secondMAC)
        #expect(request.frame.sourceAddress == firstLease.address)
        let ack = try second.conversation.next(.ack) { $0.message.xid == request.message.xid }
        #expect(ack.frame.destination == secondMAC && ack.frame.destinationAddress == lease.address)
        #expect(host.pinnedNeighbour(of: lease.address) == secondMAC)
        #expect(host.pinnedNeighbour(of: firstLease.address) == machine.mac)
        #expect(try host.metrics().drops("source_mac_mismatch") == 0)
        #expect(daemon.process.isRunning)
    }
}
