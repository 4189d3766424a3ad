import Addresses
import Glibc
import TestSupport
import Testing

/// Tests that use the whole machine. They run alone: other tests would make them lose frames, and they would delay
/// other tests.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct LoadTests {
    private static let subnet = IPv4Network(containing: IPv4Address(10, 77, 0, 0), prefixLength: 16)
    /// Outside the pool.
    private static let generator = IPv4Address(10, 77, 255, 250)

    /// A host for perfdhcp, which plays a relay with its own address in giaddr, and sends for all clients from one MAC.
    private func hostUnderLoad() throws -> (host: TestHost, daemon: Daemon, machine: Machine) {
        let host = try TestHost(subnet: Self.subnet, poolSize: 40_000)
        let daemon = try host.startDaemon(["--relay", "\(Self.generator)", "--no-source-mac-check"])
        let machine = try host.machine("load")
        try machine.sandbox.run(["ip", "address", "add", "\(Self.generator)/16", "dev", "eth0"])
        return (host, daemon, machine)
    }

    /// Starts perfdhcp with new clients all the time. It has priority over everything else on the machine, because its
    /// receive buffer holds only a tenth of a second of replies.
    private func perfdhcp(on machine: Machine, rate: Int, seconds: Int) throws -> ChildProcess {
        try machine.sandbox.start([
            "chrt", "--rr", "1", "perfdhcp", "-4", "-l", "eth0", "-r", "\(rate)", "-p", "\(seconds)",
            "-R", "30000", "-s", "1", "-W", "500000", "10.77.0.1",
        ])
    }

    @Test("2,000 exchanges a second for five seconds, without a drop", .needs("perfdhcp"))
    func perfdhcp() throws {
        let (host, daemon, machine) = try hostUnderLoad()
        let load = try perfdhcp(on: machine, rate: 2000, seconds: 5)
        var lostByGenerator = 0
        while load.isRunning {
            lostByGenerator = max(lostByGenerator, machine.sandbox.lostDatagramCount)
            usleep(20_000)
        }
        let report = PerfdhcpReport(load.output)
        let (discovers, requests) = (report.sent("DISCOVER-OFFER"), report.sent("REQUEST-ACK"))
        #expect(discovers >= 9_500, "\(load.output)")

        let metrics = try host.metrics()
        #expect(metrics.messages("discover", "in") == discovers && metrics.messages("offer", "out") == discovers)
        #expect(metrics.messages("request", "in") == requests && metrics.messages("ack", "out") == requests)
        #expect(metrics["cocoon_net_dhcp_ring_lost_total"] == 0)
        #expect(metrics["cocoon_net_dhcp_unsent_replies_total"] == 0)
        let drops = report.drops("DISCOVER-OFFER") + report.drops("REQUEST-ACK")
        #expect(drops <= lostByGenerator, "\(load.output)")
        #expect(daemon.process.isRunning)
    }

    @Test("the bridge is deleted and made anew under load, and VMs get leases again", .needs("perfdhcp"))
    func bridgeComesBack() throws {
        let (host, daemon, machine) = try hostUnderLoad()
        let load = try perfdhcp(on: machine, rate: 500, seconds: 6)
        #expect(try eventually { try host.metrics().messages("ack", "out") > 200 })

        // The daemon sleeps meanwhile: it would make the bridge again before the script can.
        daemon.process.send(SIGSTOP)
        // The new bridge has the same MAC, as a bridge that the daemon makes would: VMs remember their gateway's MAC.
        try host.sandbox.shell(
            """
            address=$(cat /sys/class/net/\(host.bridge)/address)
            ip link delete \(host.bridge)
            ip link add \(host.bridge) address "$address" type bridge
            ip address add \(host.gateway)/16 dev \(host.bridge)
            ip link set \(host.bridge) up
            """)
        daemon.process.send(SIGCONT)
        try machine.plug(into: host.bridge, of: host.sandbox)

        let client = try machine.client(MACAddress(2, 0, 0, 0, 9, 9))
        client.patience = .milliseconds(200)
        let lease = eventually(within: .seconds(5)) { try? client.lease() }
        #expect(lease != nil, "\(daemon.process.output)")
        let before = try host.metrics()
        #expect(try eventually { try host.metrics().messages("ack", "out") > before.messages("ack", "out") + 200 })
        _ = try load.wait(within: .seconds(30))
        #expect(daemon.process.isRunning)
    }

    @Test("a flood of hostile frames makes no flood of log lines, and VMs are served all the same")
    func hostileFlood() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon(logLevel: "debug")
        let machine = try host.machine()
        let client = try machine.client()
        let linesBefore = daemon.process.output.split(separator: "\n").count
        var reply = client.message(.discover)
        reply.op = 2
        let frame = client.frame(reply)
        for _ in 0..<20_000 { try client.send(frame) }
        _ = try client.lease()

        let metrics = try host.metrics()
        #expect(metrics.drops("op") > 10_000)
        #expect(daemon.process.output.split(separator: "\n").count < linesBefore + 100)
        #expect(daemon.process.isRunning)
    }

    @Test("two workers serve five hundred VMs at once, each with an address of its own")
    func workers() throws {
        let host = try TestHost(subnet: Self.subnet, poolSize: 1000)
        let daemon = try host.startDaemon(["--workers", "2"])
        let machine = try host.machine()
        let addresses = try ScriptedCrowd(on: machine).lease(
            (0..<500).map { MACAddress(rawValue: 0x0200_0000_1000 + $0 * 37) })
        #expect(Set(addresses.values).count == 500)
        #expect(try host.metrics()["cocoon_net_dhcp_lease_active"] == 500)
        #expect(daemon.process.isRunning)
    }

    @Test(
        "the virtual kubelet sees 60,000 leases: no half file, no missed last state, and deletions at once",
        .needs("python3"))
    func kubelet() throws {
        let host = try TestHost(subnet: Self.subnet, poolSize: 62_000)
        let daemon = try host.startDaemon()
        try host.sandbox.write(Self.cachingReader, to: "/run/reader.py")
        let reader = try host.sandbox.start(["python3", "/run/reader.py", TestHost.leaseFile])
        let storm = try host.sandbox.start(
            [Program.cocoonNet, "storm", "--bridge", host.bridge, "--clients", "60000", "--output", "json"])
        var deletions: [Duration] = []
        while storm.isRunning {
            guard let row = try host.leaseRows().randomElement() else { continue }
            let start = ContinuousClock.now
            #expect(try host.control("DELETE", "/v1/leases/\(row.mac)").status == 204)
            deletions.append(.now - start)
            #expect(try !host.leaseRows().contains { $0.mac == row.mac })
        }
        #expect(try storm.wait() == .exit(0), "\(storm.output)")
        #expect(!deletions.isEmpty && deletions.allSatisfy { $0 < .seconds(5) }, "\(deletions)")

        let leaseCount = try host.metrics()["cocoon_net_dhcp_lease_active"]
        #expect(leaseCount == 60_000 - deletions.count)
        #expect(try eventually(within: .seconds(2)) { try host.leaseRows().count == leaseCount })
        try host.sandbox.write("", to: "/run/stop")
        #expect(try reader.wait() == .exit(0))
        // The rows, the unreadable files, and the shortest time between two rewrites of a large file in milliseconds.
        let told = reader.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        #expect(told.count == 3 && told[0] == leaseCount && told[1] == 0 && told[2] >= 600, "\(reader.output)")
        #expect(daemon.process.isRunning)
    }

    /// Reads the file again only when its time or size has changed, as the virtual kubelet does.
    private static let cachingReader = """
        import json, os, sys, threading
        path, cached, rows, unreadable, rewrites = sys.argv[1], None, 0, 0, []
        pause = threading.Event()
        while True:
            is_last = os.path.exists("/run/stop")
            state = os.stat(path)
            if (state.st_mtime_ns, state.st_size) != cached:
                cached = (state.st_mtime_ns, state.st_size)
                rewrites.append(cached)
                try:
                    rows = len(json.load(open(path)) or [])
                except ValueError:
                    unreadable += 1
            if is_last:
                break
            pause.wait(0.001)
        gaps = [(b[0] - a[0]) // 1000000 for a, b in zip(rewrites, rewrites[1:]) if a[1] > 4000000]
        print(rows, unreadable, min(gaps, default=9999))
        """

    @Test("VMs wait for a slow disk, and all of them get a lease", .needs("strace"))
    func slowDisk() throws {
        let host = try TestHost(subnet: Self.subnet, poolSize: 4000)
        let daemon = try host.startDaemon()
        let strace = try Fault.slowDisk.strike(host)
        let storm = try host.sandbox.start(
            [Program.cocoonNet, "storm", "--bridge", host.bridge, "--shape", "avalanche", "--clients", "4000"])
        #expect(try storm.wait() == .exit(0), "\(storm.output)")
        strace.send(SIGINT)
        _ = try strace.wait()

        let metrics = try host.metrics()
        #expect(metrics["cocoon_net_dhcp_lease_active"] == 4000)
        #expect(metrics.silences("committer_busy") == 0)
        #expect(metrics["cocoon_net_dhcp_ring_lost_total"] == 0)
        #expect(daemon.process.isRunning)
    }
}

extension Sandbox {
    /// How many datagrams the UDP sockets that are open now have lost because their receive buffers were full.
    fileprivate var lostDatagramCount: Int {
        let rows = read("/proc/1/net/udp")?.split(separator: "\n").dropFirst() ?? []
        return rows.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }
}

/// What perfdhcp prints at its end.
private struct PerfdhcpReport {
    private var values: [String: Int] = [:]

    /// Reads `sent packets: 10` and `drops: 0` below `***Statistics for: DISCOVER-OFFER***`.
    init(_ output: String) {
        var exchange = ""
        for line in output.split(separator: "\n") {
            if let name = line.wholeMatch(of: /\*+Statistics for: (.+?)\*+/) { exchange = String(name.1) }
            if let value = line.wholeMatch(of: /(sent packets|drops): (\d+)/) {
                values["\(exchange) \(value.1)"] = Int(value.2)
            }
        }
    }

    func sent(_ exchange: String) -> Int { values[exchange + " sent packets"] ?? -1 }
    func drops(_ exchange: String) -> Int { values[exchange + " drops"] ?? -1 }
}
