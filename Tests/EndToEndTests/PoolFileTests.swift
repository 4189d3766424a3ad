import Addresses
import TestSupport
import Testing

/// A pool.json that the daemon cannot use: exit 1 with the field, the value and the remedy, and nothing is changed.
@Suite(.needsSandbox, .endsWhenHung)
struct PoolFileTests {
    @Test("a daemon refuses what it cannot serve, and changes nothing", arguments: BadPool.all)
    func refused(_ bad: BadPool) throws {
        let host = try TestHost(poolSize: 3)
        try host.sandbox.shell(bad.spoil.replacing("POOL", with: TestHost.poolFile))
        let before = try state(of: host)

        let daemon = try Daemon(on: host)
        let ending = try daemon.process.wait(within: .seconds(15))
        #expect(ending == .exit(1))
        let text = daemon.process.output
        for word in bad.words + ["pool.json"] { #expect(text.contains(word), "\(text)") }
        #expect(text.contains(";"), "no remedy: \(text)")
        #expect(try state(of: host) == before)
    }

    @Test("addresses outside the subnet are not served: the daemon warns and serves the others")
    func stray() throws {
        let host = try TestHost(poolSize: 3)
        try host.sandbox.shell("sed -i 's/172.20.100.3/172.20.101.3/' \(TestHost.poolFile)")
        let daemon = try Daemon(on: host)
        try daemon.waitUntilReady()
        #expect(daemon.process.output.contains("1 of the addresses in pool.json lie outside the subnet"))
        #expect(try host.sandbox.http("GET", "/metrics", at: .port(9092)).body.contains("pool_available 2"))
    }

    /// All that a daemon could have touched.
    private func state(of host: TestHost) throws -> String {
        try host.sandbox.shell(
            """
            find /run/cocoon -type f | sort
            cat \(TestHost.poolFile) 2>&1 || true
            ip address; ip route; iptables-save; cat /proc/sys/net/ipv4/ip_forward
            """
        ).split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix(":") }.joined(separator: "\n")
    }
}

/// A way to spoil pool.json, and what the refusal must name.
struct BadPool: Sendable, CustomTestStringConvertible {
    let name: String
    /// Shell that spoils the file at `POOL`, which has the pool 172.20.100.2 to 172.20.100.4.
    let spoil: String
    let words: [String]

    var testDescription: String { name }

    static let all = [
        BadPool(name: "missing", spoil: "rm POOL", words: ["adopt"]),
        BadPool(name: "a directory", spoil: "rm POOL; mkdir POOL", words: []),
        BadPool(name: "empty", spoil: ": > POOL", words: ["line 1"]),
        BadPool(name: "cut off", spoil: "head -c 60 POOL > /run/cut; cp /run/cut POOL", words: ["line"]),
        BadPool(name: "an array", spoil: "echo '[]' > POOL", words: ["array"]),
        BadPool(name: "zeros", spoil: "head -c 512 /dev/zero > POOL", words: ["line 1"]),
        BadPool(name: "nested without end", spoil: "head -c 100000 /dev/zero | tr '\\0' '[' > POOL", words: ["line 1"]),
        BadPool(
            name: "a pool outside the subnet", spoil: "sed -i 's/172.20.100.\\([234]\\)/172.20.101.\\1/' POOL",
            words: ["3 of the addresses", "172.20.101.2", "172.20.100.0/24", "the right --subnet"]),
        BadPool(
            name: "the gateway in the pool", spoil: "sed -i 's/172.20.100.3/172.20.100.1/' POOL",
            words: ["ips[1]", "172.20.100.1", "gateway"]),
        BadPool(
            name: "an address twice", spoil: "sed -i 's/172.20.100.3/172.20.100.2/' POOL",
            words: ["ips[1]", "172.20.100.2", "ips[0]"]),
        BadPool(
            name: "a zero address", spoil: "sed -i 's/172.20.100.3/0.0.0.0/' POOL", words: ["ips[1]", "0.0.0.0"]),
        BadPool(
            name: "the broadcast address", spoil: "sed -i 's/172.20.100.3/172.20.100.255/' POOL",
            words: ["ips[1]", "172.20.100.255", "broadcast"]),
        BadPool(
            name: "an address that is none", spoil: "sed -i 's/172.20.100.3/172.20.100.300/' POOL",
            words: ["ips[1]", "172.20.100.300"]),
        BadPool(
            name: "no address",
            spoil: "tr -d '\\n' < POOL | sed 's/\"ips\": \\[[^]]*\\]/\"ips\": []/' > /run/p; cp /run/p POOL",
            words: ["ips"]),
        BadPool(
            name: "a gateway outside the subnet",
            spoil: "sed -i 's/\"gateway\": \"172.20.100.1\"/\"gateway\": \"10.0.0.1\"/' POOL",
            words: ["gateway", "10.0.0.1"]),
        BadPool(
            name: "a subnet that is none", spoil: "sed -i 's#172.20.100.0/24#172.20.100.0/33#' POOL",
            words: ["subnet", "172.20.100.0/33"]),
        BadPool(
            name: "a platform that is none", spoil: "sed -i 's/\"none\"/\"moon\"/' POOL", words: ["platform", "moon"]),
        BadPool(
            name: "a number for an address", spoil: "sed -i 's/\"172.20.100.3\"/5/' POOL", words: ["ips[1]", "5"]),
    ]
}
