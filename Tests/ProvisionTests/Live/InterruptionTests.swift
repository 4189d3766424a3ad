import Glibc
import Node
import Testing
import TestSupport

@Suite("Killed at any moment, and run again", .needsSandbox)
struct InterruptionTests {
    @Test("init after a kill -9 ends in the same state as an uninterrupted init", arguments: 0..<10)
    func initialize(afterLines lineCount: Int) throws {
        let whole = try ProvisionHost()
        _ = try whole.initialize(["--drop-cidr", "10.0.0.0/8"])

        let host = try ProvisionHost()
        try host.kill(ProvisionHost.command("init", ["--drop-cidr", "10.0.0.0/8"]), afterLines: lineCount)
        _ = try host.initialize(["--drop-cidr", "10.0.0.0/8"])
        #expect(try host.state() == whole.state())
        #expect(try host.sandbox.pool().madeHere == [.bridge, .gateway])
        _ = try host.teardown()
        #expect(try host.isBare())
    }

    @Test(
        "a change of subnet after a kill -9 ends as an uninterrupted one, with nothing left of the earlier subnet",
        arguments: 0..<9)
    func changeSubnet(afterLines lineCount: Int) throws {
        let whole = try ProvisionHost()
        _ = try whole.initialize(["--drop-cidr", "10.0.0.0/8"])
        _ = try whole.initialize(subnet: "172.20.101.0/24")

        let host = try ProvisionHost()
        _ = try host.initialize(["--drop-cidr", "10.0.0.0/8"])
        try host.kill(ProvisionHost.command("init", subnet: "172.20.101.0/24"), afterLines: lineCount)
        _ = try host.initialize(subnet: "172.20.101.0/24")
        #expect(try host.state() == whole.state())
        #expect(try host.sandbox.pool().madeHere == [.bridge, .gateway])
        _ = try host.teardown()
        #expect(try host.isBare())
    }

    @Test("teardown after a kill -9 leaves as little as an uninterrupted teardown", arguments: 0..<5)
    func teardown(afterLines lineCount: Int) throws {
        let host = try ProvisionHost()
        _ = try host.initialize()
        try host.sandbox.shell("touch /run/state/leases.json /run/state/leases.journal")
        try host.kill(["teardown"] + ProvisionHost.paths, afterLines: lineCount)
        if host.sandbox.read(ProvisionHost.poolFile) != nil { _ = try host.teardown() }
        #expect(try host.isBare())
    }
}

extension ProvisionHost {
    /// Starts the tool and kills it as soon as it has reported that many steps. It may have done more by then.
    fileprivate func kill(_ arguments: [String], afterLines lineCount: Int) throws {
        let process = try sandbox.start(prefix + [Self.tool] + arguments)
        _ = eventually(within: .seconds(20), every: .microseconds(100)) { () -> Bool? in
            !process.isRunning || process.output.count { $0 == "\n" } >= lineCount ? true : nil
        }
        process.send(SIGKILL)
        _ = try process.wait()
    }

    /// The state of the node without what differs between two runs: indices, times and counters.
    fileprivate func state() throws -> [String] {
        [
            try sandbox.shell("ip -o -4 addr show cni0 | tr -s ' ' | cut -d' ' -f2-9"),
            try sandbox.shell("cat /sys/class/net/cni0/address /sys/class/net/cni0/flags"),
            try rules(),
            try sandbox.shell("cat \(Self.conflist); ls /run/cni /run/state"),
            try sandbox.shell("grep -v updatedAt \(Self.poolFile)"),
            try sandbox.shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/cni0/rp_filter"),
        ]
    }

    fileprivate func isBare() throws -> Bool {
        let links = try sandbox.run(["ip", "link"])
        let files = try sandbox.shell("ls -A /run/cni /run/state 2>/dev/null || true")
        return try !links.contains("cni0") && !rules().contains("cni0")
            && files == "/run/cni:\n\n/run/state:\nnode.lock\nprovision.lock\n"
    }
}
