import Addresses
import Foundation
import TestSupport
import Testing

/// `cocoon-net adopt` and what it leaves on the host.
@Suite(.needsSandbox, .endsWhenHung)
struct AdoptTests {
    @Test("adopt sets the host up, and a second adopt changes nothing")
    func hostIsSetUp() throws {
        let host = try TestHost(poolSize: 5, adopt: ["--manage-iptables"])
        let first = try summary(of: host)
        #expect(first.contains("inet 172.20.100.1/24"))
        #expect(first.contains("ip_forward = 1"))
        #expect(first.contains("-A POSTROUTING -s 172.20.100.0/24 ! -o cni0 -j MASQUERADE"))
        #expect(first.contains("-i cni0 -o cni0 -j ACCEPT"))
        #expect(first.contains("\"cocoon-dhcp\"") && first.contains("\"portIsolation\""))
        #expect(first.contains("state 750 pool.json 644"))
        try host.adopt(poolSize: 5, ["--manage-iptables"])
        #expect(try summary(of: host) == first)
    }

    @Test("a dry run prints the plan and touches nothing")
    func dryRun() throws {
        let host = try TestHost(poolSize: 5)
        try host.sandbox.run(["ip", "link", "delete", host.bridge])
        try host.sandbox.shell(
            "rm -r \(TestHost.stateDirectory) \(TestHost.cniDirectory); iptables -F; iptables -t nat -F")
        let plan = try host.adopt(poolSize: 5, ["--dry-run", "--manage-iptables"])
        #expect(plan.contains("172.20.100.1") && plan.contains(host.bridge))
        let after = try host.sandbox.shell("ls -A /run/cocoon; ip -br link; iptables-save")
        #expect(!after.contains("state") && !after.contains(host.bridge) && !after.contains("MASQUERADE"), "\(after)")
    }

    private func summary(of host: TestHost) throws -> String {
        let text = try host.sandbox.shell(
            """
            ip -o -4 address show dev cni0 | tr -s ' '
            sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.ipv4.conf.cni0.rp_filter
            iptables-save
            cat \(TestHost.cniDirectory)/30-cocoon-dhcp.conflist
            grep -v updatedAt \(TestHost.poolFile)
            stat -c 'state %a' \(TestHost.stateDirectory) | tr '\\n' ' '
            stat -c 'pool.json %a' \(TestHost.poolFile)
            """)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix(":") }.joined(separator: "\n")
    }
}
