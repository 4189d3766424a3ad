import Addresses
import Glibc
import TestSupport
import Testing

/// The clients that VMs run, from the first DISCOVER to the RELEASE.
@Suite(
    .needsSandbox, .needs("udhcpc"), .needs("dhclient"), .needs("dhcpcd"), .endsWhenHung)
struct RealClientTests {
    @Test("a VM gets a lease and reaches its gateway", arguments: ClientProgram.allCases)
    func lease(_ program: ClientProgram) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        let lease = try RealClient(program, on: machine).awaitLease()
        #expect(host.subnet.contains(lease.address) && lease.address != host.gateway)
        #expect(lease.server == host.gateway)
        try machine.sandbox.run(["busybox", "ping", "-c", "1", "-W", "5", "\(host.gateway)"])
        #expect(try host.metrics()["cocoon_net_dhcp_lease_active"] == 1)
        #expect(daemon.process.isRunning)
    }

    @Test("a VM renews", arguments: ClientProgram.allCases)
    func renew(_ program: ClientProgram) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon(["--lease-time", program == .dhclient ? "10s" : "1h"])
        let client = try RealClient(program, on: try host.machine())
        let lease = try client.awaitLease()
        try client.renew()
        let request = try client.conversation.next(.request) { $0.message.ciaddr == lease.address }
        #expect(request.frame.destinationAddress == host.gateway)
        let ack = try client.conversation.next(.ack)
        #expect(ack.message.yiaddr == lease.address)
        #expect(ack.frame.destinationAddress == lease.address)
        #expect(daemon.process.isRunning)
    }

    @Test("a VM whose unicast renewals are lost rebinds", arguments: ClientProgram.allCases)
    func rebind(_ program: ClientProgram) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon(["--lease-time", "10s"])
        let client = try RealClient(program, on: try host.machine())
        let lease = try client.awaitLease()
        // Renewals go through the VM's IP stack, which drops them here; broadcasts leave by a raw socket.
        try client.machine.sandbox.run(
            ["iptables", "-A", "OUTPUT", "-p", "udp", "-d", "\(host.gateway)", "--dport", "67", "-j", "DROP"])
        let request = try client.conversation.next(.request, within: .seconds(20)) {
            $0.message.ciaddr == lease.address && $0.frame.destinationAddress == .broadcast
        }
        let ack = try client.conversation.next(.ack) { $0.message.xid == request.message.xid }
        #expect(ack.message.yiaddr == lease.address)
        #expect(daemon.process.isRunning)
    }

    @Test("a VM releases, and its address is free", arguments: ClientProgram.allCases)
    func release(_ program: ClientProgram) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let client = try RealClient(program, on: try host.machine())
        let lease = try client.awaitLease()
        try client.release()
        let release = try client.conversation.next(.release)
        #expect(release.message.ciaddr == lease.address)
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_lease_active"] == 0 })
        #expect(daemon.process.isRunning)
    }

    @Test("a VM that reboots gets its remembered address back", arguments: ClientProgram.allCases)
    func reboot(_ program: ClientProgram) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let client = try RealClient(program, on: try host.machine())
        let lease = try client.awaitLease()
        try client.reboot()
        if program.remembersAcrossRestarts {
            try client.conversation.next(.request) { heard in
                heard.message.address(50) == lease.address && heard.message.serverIdentifier == nil
                    && heard.message.ciaddr == .unspecified
            }
        }
        #expect(try client.awaitLease().address == lease.address)
        #expect(daemon.process.isRunning)
    }

    @Test("a VM declines an address that somebody uses, and gets another", arguments: [ClientProgram.udhcpc, .dhcpcd])
    func decline(_ program: ClientProgram) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        // The pool's addresses are handed out in order, so that this is the next one.
        let squatted = IPv4Address(rawValue: host.gateway.rawValue + 1)
        let squatter = try host.machine("squatter", mac: MACAddress(2, 0, 0, 0, 0, 2))
        try squatter.sandbox.run(["ip", "address", "add", "\(squatted)/24", "dev", "eth0"])

        let client = try RealClient(program, on: try host.machine(), watchesForConflicts: true)
        let decline = try client.conversation.next(.decline)
        #expect(decline.message.address(50) == squatted)
        let ack = try client.conversation.next(.ack, within: .seconds(30))
        #expect(ack.message.yiaddr != squatted)
        #expect(try host.metrics()["cocoon_net_dhcp_pool_addresses{state=\"declined\"}"] == 1)
        #expect(daemon.process.isRunning)
    }

    @Test("a VM with an address of its own gets parameters by INFORM", .needs("dhcpcd"))
    func inform() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let own = IPv4Address(rawValue: host.subnet.broadcastAddress.rawValue - 1)
        let machine = try host.machine()
        // dhcpcd 9.4.1 crashes when the address is not there yet.
        try machine.sandbox.run(["ip", "address", "add", "\(own)/24", "dev", "eth0"])
        let client = try RealClient(.dhcpcd, on: machine, ["-s", "\(own)/24"])
        let inform = try client.conversation.next(.inform)
        #expect(inform.message.ciaddr == own)
        let ack = try client.conversation.next(.ack)
        #expect(ack.message.yiaddr == .unspecified && ack.message.leaseSeconds == nil)
        #expect(ack.message.addresses(3) == [host.gateway])
        #expect(try host.metrics()["cocoon_net_dhcp_lease_active"] == 0)
        #expect(daemon.process.isRunning)
    }

    @Test("two VMs with the same client identifier get two addresses", .needs("udhcpc"))
    func clones() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let addresses = try (1...2).map { number in
            let machine = try host.machine("clone\(number)", mac: MACAddress(2, 0, 0, 0, 1, UInt8(number)))
            let client = try RealClient(.udhcpc, on: machine, ["-C", "-x", "0x3d:ff00000001deadbeef"])
            let lease = try client.awaitLease()
            #expect(lease.ack.message[61] == [0xFF, 0, 0, 0, 1, 0xDE, 0xAD, 0xBE, 0xEF])
            return lease.address
        }
        #expect(addresses[0] != addresses[1])
        #expect(daemon.process.isRunning)
    }
}
