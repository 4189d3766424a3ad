import Addresses
import TestSupport
import Testing

/// Somebody removes the journal while the daemon runs. The daemon sends no ACK for a lease that a kill would lose.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct JournalRemovalTests {
    private static let journal = TestHost.stateDirectory + "/leases.journal"
    private static let isMissing = "the state directory is gone"
    private static let isBack = "the journal is back"

    @Test("a removed journal is written again at once, and a kill after that loses no acknowledged lease")
    func removed() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let crowd = try RestlessCrowd(of: 40, on: host.machine(), gateway: host.gateway, seed: 0x756e_6c6b)
        try lease(20, to: crowd)
        try host.sandbox.run(["rm", Self.journal])
        // No client sends anything here: the daemon notices by itself.
        #expect(eventually { host.sandbox.read(Self.journal) != nil })
        #expect(eventually { daemon.process.output.contains("somebody removed or replaced") })
        #expect(try host.metrics()["cocoon_net_dhcp_journal_healthy"] == 1)
        try lease(20, to: crowd)
        try expectAll(of: crowd, on: host, after: daemon)
    }

    @Test("without its state directory the daemon grants nothing, says so once, and goes on when the directory is back")
    func directoryRemoved() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let crowd = try RestlessCrowd(of: 40, on: host.machine(), gateway: host.gateway, seed: 0x726d_2d72)
        try lease(20, to: crowd)
        try host.sandbox.shell("cp \(TestHost.poolFile) /run/pool.json; rm -rf \(TestHost.stateDirectory)")
        try expectRefusal(host, daemon)
        try host.sandbox.shell("mkdir \(TestHost.stateDirectory); cp /run/pool.json \(TestHost.poolFile)")
        #expect(eventually { daemon.process.output.contains(Self.isBack) }, "\(daemon.process.output)")
        try lease(20, to: crowd)
        try expectAll(of: crowd, on: host, after: daemon)
    }

    @Test("after a lazy unmount of the state directory there is no ACK until it is mounted again")
    func unmounted() throws {
        let host = try TestHost()
        try host.sandbox.shell(
            """
            cp \(TestHost.poolFile) /run/pool.json
            mkdir /run/kept
            mount -t tmpfs tmpfs \(TestHost.stateDirectory)
            mount --bind \(TestHost.stateDirectory) /run/kept
            cp /run/pool.json \(TestHost.poolFile)
            """)
        let daemon = try host.startDaemon()
        let crowd = try RestlessCrowd(of: 40, on: host.machine(), gateway: host.gateway, seed: 0x756d_6e74)
        try lease(20, to: crowd)
        try host.sandbox.run(["umount", "-l", TestHost.stateDirectory])
        try expectRefusal(host, daemon)
        #expect(host.sandbox.read(Self.journal) == nil)
        try host.sandbox.run(["mount", "--bind", "/run/kept", TestHost.stateDirectory])
        #expect(eventually { daemon.process.output.contains(Self.isBack) }, "\(daemon.process.output)")
        try lease(20, to: crowd)
        try expectAll(of: crowd, on: host, after: daemon)
    }

    private func lease(_ count: Int, to crowd: RestlessCrowd) throws {
        let before = crowd.ledger.promises.count
        try crowd.discover(count)
        try crowd.awaitOffers(within: .seconds(2))
        try crowd.settle(within: .seconds(5))
        #expect(crowd.ledger.promises.count == before + count)
    }

    /// Checks that nobody gets a lease, and that a metric and one line of the log say why.
    private func expectRefusal(_ host: TestHost, _ daemon: Daemon) throws {
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_journal_healthy"] == 0 })
        let client = try host.machine("late", mac: MACAddress(2, 0, 0, 0, 0, 2)).client(MACAddress(2, 0, 0, 0, 6, 9))
        client.patience = .milliseconds(300)
        let offer = try #require(try client.discover())
        #expect(try client.exchange(client.selecting(offer)) == nil)
        #expect(!host.hasRoute(to: offer.message.yiaddr))
        #expect(eventually { daemon.process.output.contains(Self.isMissing) }, "\(daemon.process.output)")
        #expect(try client.exchange(client.selecting(offer)) == nil)
        #expect(daemon.process.output.ranges(of: Self.isMissing).count == 1, "\(daemon.process.output)")
    }

    /// Kills the daemon, and checks that the next one learns every lease from the journal alone.
    private func expectAll(of crowd: RestlessCrowd, on host: TestHost, after daemon: Daemon) throws {
        try daemon.kill()
        try host.sandbox.run(["rm", "-f", TestHost.leaseFile])
        let next = try host.startDaemon()
        try crowd.prepareConfirmations()
        try crowd.settle(within: .seconds(5))
        #expect(crowd.ledger.lost == [] && crowd.ledger.doubled == [] && crowd.ledger.promises.count == 40)
        #expect(next.process.isRunning)
    }
}
