import Addresses
import TestSupport
import Testing

/// The system calls of the daemon, as strace saw them.
@Suite(.needsSandbox, .needs("strace"), .serialized, .endsWhenHung)
struct SystemCallTests {
    private static let subnet = IPv4Network(containing: IPv4Address(10, 89, 0, 0), prefixLength: 16)

    @Test("in a thousand exchanges no ACK leaves before its record is synced and its route acknowledged")
    func order() throws {
        let host = try TestHost(subnet: Self.subnet, poolSize: 1000)
        let disk = try DiskState(of: host)
        let daemon = try Daemon(on: host, wrappedIn: SystemCallTrace.command(into: "/run/trace"))
        try daemon.waitUntilReady()
        let machine = try host.machine()

        // One client at a time, so that the k-th ACK belongs to the k-th record.
        var frameByteCount = 0
        for number in UInt64(0)..<500 {
            let client = try machine.client(MACAddress(rawValue: 0x0200_0000_0000 + number))
            let lease = try client.lease { $0[55] = nil }
            frameByteCount = 42 + lease.ack.frame.payload.count
        }
        let before = try host.metrics()
        _ = try ScriptedCrowd(on: machine).lease(
            (UInt64(500)..<1000).map { MACAddress(rawValue: 0x0200_0000_0000 + $0) })
        let after = try host.metrics()
        #expect(after["cocoon_net_dhcp_unsent_replies_total"] == 0)
        #expect(after.messages("offer", "out") == 1000 && after.messages("ack", "out") == 1000)
        try daemon.process.stop()

        let order = CommitOrder(
            SystemCallTrace(try #require(host.sandbox.read("/run/trace"))), frameByteCount: frameByteCount)
        #expect(order.violations == [])
        #expect(order.ackCount == 1000 && order.durable.count == 1000 && order.routed.count == 1000)
        // The only other frames are the OFFERs.
        #expect(order.otherCount == 1000)
        let burst = after["cocoon_net_dhcp_journal_records_total"] - before["cocoon_net_dhcp_journal_records_total"]
        let syncs = after["cocoon_net_dhcp_journal_syncs_total"] - before["cocoon_net_dhcp_journal_syncs_total"]
        #expect(burst == 500 && syncs < burst / 4, "\(syncs) syncs for \(burst) leases")
        try TestRecord.write(
            [
                "acks": order.ackCount, "violations": order.violations.count, "syncs": order.syncCount,
                "burst_leases": burst, "burst_syncs": syncs,
            ], to: "system-calls.json")
        withExtendedLifetime(disk) {}
    }

    /// The system calls for one lease of 10.0.0.2, as strace shows them.
    private static let record =
        "iov_base=\"" + String(repeating: "\\x00", count: 4) + "\\x01" + String(repeating: "\\x00", count: 11)
        + "\\x0a\\x00\\x00\\x02" + String(repeating: "\\x00", count: 44) + "\""
    private static let calls = [
        "sync": "7 00:00:00 pwritev2(3, [{\(record), iov_len=64}], 1, 8192, RWF_DSYNC) = 64",
        "ask":
            "8 00:00:00 sendto(9, [[{nlmsg_type=RTM_NEWROUTE}, [{nla_type=RTA_DST}, inet_addr(\"10.0.0.2\")]]], 9) = 9",
        "hear": "8 00:00:00 recvfrom(9, [{nlmsg_type=NLMSG_ERROR}, {error=0, msg={}}], 9) = 9",
        "hear no": "8 00:00:00 recvfrom(9, [{nlmsg_type=NLMSG_ERROR}, {error=-EEXIST, msg={}}], 9) = 9",
        "flush": "7 00:00:00 sendto(5, NULL, 0, MSG_DONTWAIT, NULL, 0) = 342",
        "flush begins": "7 00:00:00 sendto(5, NULL, 0, MSG_DONTWAIT, NULL, 0 <unfinished ...>",
        "flush ends": "7 00:00:00 <... sendto resumed>) = 342",
    ]

    @Test(
        "CommitOrder finds an ACK that leaves too early",
        arguments: [
            (["ask", "hear", "sync", "flush"], 0), (["sync", "ask", "hear", "flush"], 0),
            (["sync", "ask", "hear", "flush", "flush"], 2), (["sync", "ask", "flush", "hear"], 1),
            (["sync", "ask", "hear no", "flush"], 1), (["sync", "ask", "flush begins", "hear", "flush ends"], 1),
            (["sync", "ask", "hear", "flush begins", "flush ends"], 0),
        ])
    func judge(names: [String], violationCount: Int) throws {
        let text = names.compactMap { Self.calls[$0] }.joined(separator: "\n")
        let order = CommitOrder(SystemCallTrace(text), frameByteCount: 342)
        #expect(order.violations.count == violationCount, "\(order.violations)")
    }
}
