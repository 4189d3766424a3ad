import Addresses
import TestSupport
import Testing

/// A relay agent in front of the daemon.
@Suite(.needsSandbox, .needs("dhcrelay"), .needs("udhcpc"), .endsWhenHung)
struct RelayTests {
    /// The relay's address on the VMs' side: what it writes into giaddr.
    private static let giaddr = IPv4Address(172, 20, 100, 250)

    /// A machine with a bridge of its own. It runs dhcrelay between that bridge and the host, as docs/examples does.
    private func relay(on host: TestHost) throws -> (machine: Machine, process: ChildProcess) {
        let machine = try host.machine("relay", mac: MACAddress(2, 0, 0, 0, 2, 1))
        try machine.sandbox.shell(
            """
            ip address add 172.20.100.251/24 dev eth0
            ip link add lan0 address 02:00:00:00:02:02 type bridge
            ip address add \(Self.giaddr)/32 dev lan0
            ip link set lan0 up
            """)
        return (machine, try machine.sandbox.start(try ExampleFile.relayCommand()))
    }

    @Test("a VM behind an allowed relay gets a lease, with option 82 echoed last")
    func allowedRelay() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon(["--relay", "\(Self.giaddr)"])
        #expect(try ExampleFile.text("dhcrelay.service").contains("cocoon-net daemon --relay \(Self.giaddr)\n"))
        let (relay, process) = try relay(on: host)
        let upstream = try Conversation(on: relay)
        let client = try RealClient(
            .udhcpc, on: try Machine("vm", mac: MACAddress(2, 0, 0, 0, 0, 1), on: relay.sandbox, bridge: "lan0"))
        let lease = try client.awaitLease()
        #expect(lease.server == host.gateway)
        // The relay takes option 82 away before the VM sees the reply.
        #expect(lease.ack.message[82] == nil)

        let ack = try upstream.next(.ack)
        #expect(ack.frame.destinationAddress == Self.giaddr && ack.frame.destinationPort == 67)
        #expect(ack.message.codes.last == 82)
        #expect(ack.message[82] == upstream.messages.first { $0.message.op == 1 }?.message[82])
        #expect(daemon.process.isRunning && process.isRunning)
    }

    @Test("a relay that nobody allowed is not served")
    func unknownRelay() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let (relay, process) = try relay(on: host)
        let behind = try Machine("vm", mac: MACAddress(2, 0, 0, 0, 0, 1), on: relay.sandbox, bridge: "lan0")
        let client = try behind.client()
        // Again and again, since the relay may not listen yet.
        #expect(
            try eventually {
                try client.send(client.frame(client.message(.discover)))
                return try host.metrics().drops("relay_not_allowed") > 0
            })
        #expect(try host.metrics().messages("offer", "out") == 0)
        #expect(daemon.process.isRunning && process.isRunning)
    }

    @Test("an allowed relay outside our network is not served, and does no harm")
    func relayElsewhere() throws {
        let elsewhere = IPv4Address(192, 0, 2, 1)
        let host = try TestHost()
        let daemon = try host.startDaemon(["--relay", "\(elsewhere)"])
        let machine = try host.machine()
        let client = try machine.client()
        client.relay = Relay(address: elsewhere, mac: machine.mac)
        try client.send(client.frame(client.message(.discover)))
        #expect(try eventually { try host.metrics().silences("foreign_subnet") == 1 })
        _ = try machine.client().lease()
        #expect(daemon.process.isRunning)
    }
}
