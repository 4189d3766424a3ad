import Addresses
import Glibc
import TestSupport
import Testing

/// When the disk refuses writes, the daemon sends no ACK, loses nothing, logs the failure, and recovers by itself.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct FaultTests {
    private static let cannot = "the journal cannot be written"
    private static let again = "the journal is written again"

    @Test("a lease that cannot be written is not granted, and nothing is lost", .needs("strace"), arguments: Fault.all)
    func refused(_ fault: Fault) throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        let owners = try (1...5).map { number in
            let client = try machine.client(MACAddress(2, 0, 0, 0, 6, UInt8(number)))
            return (client, try client.lease().address)
        }
        let newcomer = try machine.client()
        let offer = try #require(try newcomer.discover())

        let strace = try fault.strike(host)
        let request = newcomer.selecting(offer)
        try newcomer.send(newcomer.frame(request))
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_commits_total{result=\"failed\"}"] > 0 })
        let metrics = try host.metrics()
        #expect(metrics["cocoon_net_dhcp_journal_healthy"] == 0)
        #expect(metrics["cocoon_net_dhcp_journal_failures_total"] > 0)
        #expect(!host.hasRoute(to: offer.message.yiaddr))
        // A removal is refused as well, and changes nothing.
        #expect(try host.control("DELETE", "/v1/leases/\(owners[0].0.mac)").status == 500)
        #expect(host.hasRoute(to: owners[0].1))
        #expect(eventually { daemon.process.output.contains(Self.cannot) }, "\(daemon.process.output)")
        #expect(try newcomer.reply(to: request.xid, within: .zero) == nil)

        strace.send(SIGINT)
        _ = try strace.wait()
        newcomer.patience = .milliseconds(200)
        let lease = eventually { try? newcomer.lease() }
        #expect(lease != nil, "\(daemon.process.output)")
        #expect(try host.metrics()["cocoon_net_dhcp_journal_healthy"] == 1)
        #expect(eventually { daemon.process.output.contains(Self.again) }, "\(daemon.process.output)")

        try daemon.kill()
        let second = try host.startDaemon()
        for (client, address) in owners + [(newcomer, try #require(lease).address)] {
            let reply = try client.initReboot(address)
            #expect(reply?.message.kind == .ack && reply?.message.yiaddr == address)
        }
        #expect(second.process.isRunning)
    }

    @Test("a disk that fills up while leases are granted loses none of them")
    func fullDisk() throws {
        let subnet = IPv4Network(containing: IPv4Address(10, 90, 0, 0), prefixLength: 16)
        let host = try TestHost(subnet: subnet, poolSize: 6000)
        try host.sandbox.shell(Self.smallDisk)
        let daemon = try host.startDaemon()
        let crowd = try RestlessCrowd(of: 6000, on: host.machine(), gateway: host.gateway, seed: 0x6675_6c6c)
        try host.sandbox.shell("cat /dev/zero > \(TestHost.stateDirectory)/filler 2>&- || true")
        // The journal has room for some thousand records before it needs more, so small batches succeed for a while.
        var granted = -1
        repeat {
            granted = crowd.ledger.ackCount
            try crowd.discover(300)
            try crowd.awaitOffers(within: .seconds(1))
            try crowd.settle(within: .milliseconds(500))
        } while crowd.ledger.ackCount > granted && crowd.ledger.ackCount < 6000
        #expect(granted < 6000, "the disk never was full")
        #expect(try host.metrics()["cocoon_net_dhcp_journal_failures_total"] > 0)
        #expect(eventually { daemon.process.output.contains(Self.cannot) }, "\(daemon.process.output)")
        try crowd.discover(50)
        try crowd.awaitOffers(within: .seconds(1))
        try crowd.settle(within: .milliseconds(300))
        #expect(crowd.ledger.ackCount == granted)

        try host.sandbox.shell("rm \(TestHost.stateDirectory)/filler")
        try crowd.discover(50)
        try crowd.awaitOffers(within: .seconds(1))
        try crowd.settle(within: .seconds(5))
        #expect(crowd.ledger.ackCount == granted + 50)
        #expect(try host.metrics()["cocoon_net_dhcp_journal_healthy"] == 1)
        #expect(eventually { daemon.process.output.contains(Self.again) }, "\(daemon.process.output)")

        try daemon.kill()
        let second = try host.startDaemon()
        try crowd.prepareConfirmations(1000)
        try crowd.settle(within: .seconds(10))
        #expect(crowd.ledger.lost == [] && crowd.ledger.doubled == [])
        #expect(second.process.isRunning)
    }

    /// A file system of two megabytes in place of the state directory.
    private static let smallDisk = """
        cp \(TestHost.poolFile) /run/pool.json
        mount -t tmpfs -o size=2m tmpfs \(TestHost.stateDirectory)
        cp /run/pool.json \(TestHost.poolFile)
        """
}
