import Addresses
import TestSupport
import Testing

/// A journal that the daemon cannot use: exit 1 with the remedy, and the file is as it was.
@Suite(.needsSandbox, .endsWhenHung)
struct JournalFileTests {
    @Test(
        "a daemon refuses a journal that it cannot use, says what to do, and leaves it alone", arguments: BadJournal.all
    )
    func refused(_ bad: BadJournal) throws {
        let host = try TestHost(poolSize: 5)
        try host.sandbox.shell(Self.ownFileSystem)
        let first = try host.startDaemon()
        let lease = try host.machine().client().lease()
        try first.process.stop()
        try host.sandbox.shell(bad.spoil.replacing("JOURNAL", with: Self.journal))
        let owner = try bad.owner.map { try host.sandbox.start($0 + [Self.journal, "sleep", "60"]) }
        if owner != nil {
            #expect(try eventually { try host.sandbox.shell("flock -n \(Self.journal) true || echo held") == "held\n" })
        }
        let before = try state(of: host)

        let daemon = try Daemon(on: host)
        let ending = try daemon.process.wait(within: .seconds(15))
        let text = daemon.process.output
        #expect(ending == .exit(1), "\(text)")
        for word in bad.words + [Self.journal, ";"] { #expect(text.contains(word), "no \(word) in: \(text)") }
        #expect(try state(of: host) == before)
        #expect(host.hasRoute(to: lease.address))
        withExtendedLifetime(owner) {}
    }

    @Test("when the journal of a newer version is moved away, as the refusal says, leases.json has every lease")
    func goBack() throws {
        let host = try TestHost(poolSize: 5)
        let first = try host.startDaemon()
        let client = try host.machine().client()
        let lease = try client.lease()
        try first.process.stop()
        let header = JournalHeaderBytes(version: 2, network: TestHost.standardSubnet)
        try host.sandbox.shell(header.shell(over: Self.journal))
        #expect(try Daemon(on: host).process.wait(within: .seconds(15)) == .exit(1))
        try host.sandbox.run(["mv", Self.journal, "/run/leases.journal"])
        let second = try host.startDaemon()
        #expect(try client.renew(lease)?.message.kind == .ack)
        #expect(second.process.isRunning)
    }

    @Test("leases of addresses that the pool has lost are dropped with their routes, and the log says so once")
    func outsidePool() throws {
        let host = try TestHost(poolSize: 5)
        let first = try host.startDaemon()
        let machine = try host.machine()
        let clients = try (1...3).map { try machine.client(MACAddress(2, 0, 0, 0, 8, UInt8($0))) }
        let addresses = try clients.map { try $0.lease().address }
        try first.process.stop()
        try host.sandbox.run(["sed", "-i", "/\"\(addresses[1])\"/d", TestHost.poolFile])

        let second = try host.startDaemon()
        #expect(second.process.output.ranges(of: Self.dropped).count == 1, "\(second.process.output)")
        #expect(second.process.output.contains("\(addresses[1])"))
        #expect(host.routedAddresses == [addresses[0], addresses[2]])
        #expect(Set(host.pinnedNeighbours.values) == [clients[0].mac, clients[2].mac])
        #expect(try clients[2].initReboot(addresses[2])?.message.kind == .ack)
        try second.process.stop()
        let third = try host.startDaemon()
        #expect(!third.process.output.contains(Self.dropped), "\(third.process.output)")
    }

    private static let dropped = "leases outside the pool are dropped"
    private static let journal = TestHost.stateDirectory + "/leases.journal"

    /// A file system for the state directory alone, which can be full or read-only.
    private static let ownFileSystem = """
        cp \(TestHost.poolFile) /run/pool.json
        mount -t tmpfs -o size=1m tmpfs \(TestHost.stateDirectory)
        cp /run/pool.json \(TestHost.poolFile)
        """

    /// All files that a daemon could have touched.
    private func state(of host: TestHost) throws -> String {
        try host.sandbox.shell(
            """
            find \(TestHost.stateDirectory) \(TestHost.leaseFile) -printf '%p %y %s %i\\n' | sort
            find \(TestHost.stateDirectory) \(TestHost.leaseFile) -type f -exec cksum {} + | sort
            """)
    }
}

/// A way to spoil a journal, and what the refusal must say.
struct BadJournal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Shell that spoils the file at `JOURNAL`.
    let spoil: String
    /// A command that locks the file while the daemon starts.
    var owner: [String]?
    let words: [String]

    static let all = [
        BadJournal(
            testDescription: "from a newer version",
            spoil: JournalHeaderBytes(version: 2, network: TestHost.standardSubnet).shell(over: "JOURNAL"),
            words: ["format 2", "newer cocoon-net"]),
        BadJournal(
            testDescription: "of another pool",
            spoil: JournalHeaderBytes(network: otherNetwork).shell(over: "JOURNAL"),
            words: ["10.1.0.0/16", "172.20.100.0/24", "pool.json"]),
        BadJournal(
            testDescription: "locked by another process", spoil: ":", owner: ["flock"],
            words: ["another process", "stop that daemon"]),
        BadJournal(
            testDescription: "a directory", spoil: "rm JOURNAL; mkdir JOURNAL", words: ["not a file", "move it away"]),
        BadJournal(
            testDescription: "a named pipe", spoil: "rm JOURNAL; mkfifo JOURNAL", words: ["not a file", "move it away"]),
        BadJournal(
            testDescription: "something else", spoil: "seq 100000 > JOURNAL",
            words: ["not a lease journal", "move it away"]),
        BadJournal(
            testDescription: "on a read-only file system", spoil: "mount -o remount,ro $(dirname JOURNAL)",
            words: ["Read-only", "read-write"]),
        BadJournal(
            testDescription: "on a full file system",
            spoil: "cat /dev/zero > $(dirname JOURNAL)/filler 2>&- || true",
            words: ["No space", "make room"]),
    ]

    private static let otherNetwork = IPv4Network(containing: IPv4Address(10, 1, 0, 0), prefixLength: 16)
}
