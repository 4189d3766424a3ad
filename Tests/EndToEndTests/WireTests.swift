import Addresses
import TestSupport
import Testing

/// What the daemon's frames look like on the wire.
@Suite(.needsSandbox, .endsWhenHung)
struct WireTests {
    @Test("frames carry the bridge's MAC and correct checksums")
    func frames() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        let lease = try machine.client().lease()
        let frame = lease.ack.frame
        let bridge = try host.sandbox.run(["cat", "/sys/class/net/\(host.bridge)/address"])
        #expect("\(frame.source)\n" == bridge)
        #expect(frame.sourceAddress == host.gateway && frame.sourcePort == 67)
        #expect(frame.udpChecksum == frame.trueUDPChecksum)
        #expect(daemon.process.isRunning)
    }

    @Test("a broadcast reply goes to 255.255.255.255 in a frame for its client alone, unless flooding is asked for")
    func broadcastReplies() throws {
        let host = try TestHost()
        for (flags, floods) in [([], false), (["--flood-broadcasts"], true)] {
            let daemon = try host.startDaemon(flags)
            let machine = try host.machine("vm\(floods)")
            let client = try machine.client()
            client.wantsBroadcast = true
            let offer = try #require(try client.discover())
            #expect(offer.frame.destinationAddress == .broadcast)
            #expect(offer.frame.destination == (floods ? .broadcast : client.mac))
            try daemon.process.stop()
        }
    }

    @Test("replies go to the port that the client sent from")
    func clientPort() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        let discover = client.message(.discover)
        var frame = client.frame(discover)
        frame.sourcePort = 1068
        try client.send(frame)
        let offer = try #require(try client.reply(to: discover.xid, within: client.patience))
        #expect(offer.frame.destinationPort == 1068)
        #expect(daemon.process.isRunning)
    }

    @Test("a unicast renewal causes no ICMP port unreachable")
    func noPortUnreachable() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        let client = try machine.client()
        let lease = try client.lease()
        let listener = try PacketSocket(in: machine.sandbox, on: machine.interface)
        _ = try #require(try client.renew(lease))
        try client.completeAnotherExchange()
        while let frame = try listener.receive(before: .now) {
            #expect(!(frame.count > 34 && frame[12] == 8 && frame[13] == 0 && frame[23] == 1), "ICMP")
        }
        #expect(daemon.process.isRunning)
    }

    @Test("a client renews across a restart of the daemon")
    func restart() throws {
        let host = try TestHost()
        let client = try host.machine().client()
        let first = try host.startDaemon()
        let lease = try client.lease()
        try first.process.stop()
        let second = try host.startDaemon()
        let ack = try #require(try client.rebind(lease))
        #expect(ack.message.kind == .ack && ack.message.yiaddr == lease.address)
        #expect(second.process.isRunning)
    }
}
