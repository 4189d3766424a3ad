import Addresses
import Node
import Testing

@testable import ClientSettings

@Suite("What a reload changes")
struct ChangeTests {
    @Test("the keys and the clients that differ are named, in order")
    func changes() throws {
        let before = try settings(
            options: #"{"dns": ["9.9.9.9"], "mtu": 1400, "domain": "a.example", "leaseTime": "60m"}"#,
            reservations: #"""
                {"02:00:00:00:00:01": "172.20.100.9", "02:00:00:00:00:0a": {"ip": "172.20.100.2", "hostname": "a"}}
                """#)
        let after = try settings(
            options:
                #"{"dns": ["9.9.9.9", "1.1.1.1"], "domain": "a.example.", "leaseTime": "1h", "ntp": ["10.0.0.1"]}"#,
            reservations: #"""
                {"02-00-00-00-00-01": {"ip": "172.20.100.9"},
                 "02:00:00:00:00:0A": {"ip": "172.20.100.2", "hostname": "b"},
                 "02:00:00:00:00:02": "172.20.100.3"}
                """#)
        let expected = [
            "options.dns", "options.mtu", "options.ntp", #"reservations["02:00:00:00:00:02"]"#,
            #"reservations["02:00:00:00:00:0a"]"#,
        ]
        #expect(after.changes(since: before) == expected)
        #expect(before.changes(since: after) == expected)
        #expect(after.changes(since: after).isEmpty)
    }

    @Test("the pool's name servers count, and so do a client's options")
    func others() throws {
        let before = try Pool.sample(
            reservations: #"{"02:00:00:00:00:01": {"ip": "172.20.100.9", "options": {"mtu": 1400}}}"#)
        var after = try Pool.sample(
            reservations: #"{"02:00:00:00:00:01": {"ip": "172.20.100.9", "options": {"mtu": 1401}}}"#)
        after.dnsServers = [IPv4Address(10, 0, 0, 53)]
        let changes = try PoolSettings(after, stateDirectory: "/state")
            .changes(since: PoolSettings(before, stateDirectory: "/state"))
        #expect(changes == ["dnsServers", #"reservations["02:00:00:00:00:01"]"#])
        after = before
        after.dnsServers = Pool.defaultDNSServers
        #expect(
            try PoolSettings(after, stateDirectory: "/other")
                .changes(since: PoolSettings(before, stateDirectory: "/state")).isEmpty)
    }

    @Test("a change that needs a restart is refused, and the error names its field")
    func refused() throws {
        func problem(_ change: (inout Pool) -> Void) -> BadInput? {
            var new = Pool.sample
            change(&new)
            return PoolSettings.problem(withReloading: new, over: .sample)
        }
        let cases: [(String, String?, String, (inout Pool) -> Void)] = [
            ("platform", "gke", "differs from none in the running daemon", { $0.platform = .gke }),
            (
                "subnet", "172.20.100.0/25", "differs from 172.20.100.0/24 in the running daemon",
                { $0.subnet = IPv4Network("172.20.100.0/25")! }
            ),
            (
                "gateway", "172.20.100.254", "differs from 172.20.100.1 in the running daemon",
                { $0.gateway = IPv4Address(172, 20, 100, 254) }
            ),
            (
                "nodeNeeds", #"["noLocalRoutes"]"#, "differs from [] in the running daemon",
                { $0.nodeNeeds = [.noLocalRoutes] }
            ),
            ("interface", "br0", "differs from cni0 in the running daemon", { $0.interface = "br0" }),
            (
                "ips", nil, "adds 2 addresses to those of the running daemon, and removes 1",
                { $0.ips = [2, 3, 4, 5].map { IPv4Address(172, 20, 100, $0) } }
            ),
        ]
        for (field, value, text, change) in cases {
            let error = try #require(problem(change))
            #expect(error.field == field && error.value == value && error.problem == text)
            #expect(error.remedy == "restart the daemon to apply the change, or undo it and reload again")
            #expect("\(error)".hasPrefix("pool.json: \(field) "))
        }
        #expect(problem { _ in } == nil)
        #expect(problem { $0.ips.reverse() } == nil)
        #expect(problem { $0.dnsServers = [IPv4Address(10, 0, 0, 53)] } == nil)
    }
}
