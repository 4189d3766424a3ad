import Addresses
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Node

@Suite("pool.json on the disk")
struct PoolFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A file as the Go program writes it: its keys, the indentation of `encoding/json`, a time with nanoseconds.
    private static let goFile = """
        {
          "platform": "volcengine",
          "nodeName": "cocoon-pool",
          "subnet": "172.20.100.0/24",
          "gateway": "172.20.100.1",
          "primaryNIC": "eth0",
          "secondaryNICs": [
            "eth1",
            "eth2"
          ],
          "ips": [
            "172.20.100.6",
            "172.20.100.7"
          ],
          "eniIDs": [
            "eni-1",
            "eni-2"
          ],
          "subnetID": "subnet-1",
          "dnsServers": [
            "8.8.8.8",
            "1.1.1.1"
          ],
          "dropInternalAccess": true,
          "dropCIDRs": [
            "10.1.2.3/8"
          ],
          "updatedAt": "2026-04-12T08:30:00.123456789Z"
        }
        """

    @Test("a file of the Go program loads")
    func loadsGoFile() throws {
        try directory.write(Self.goFile, to: "pool.json")
        let pool = try Pool.load(from: directory.path)
        #expect(pool.platform == .volcengine)
        #expect(pool.nodeName == "cocoon-pool")
        #expect(pool.subnet == IPv4Network("172.20.100.0/24"))
        #expect(pool.gateway == IPv4Address(172, 20, 100, 1))
        #expect(pool.primaryNIC == "eth0")
        #expect(pool.secondaryNICs == ["eth1", "eth2"])
        #expect(pool.ips == [IPv4Address(172, 20, 100, 6), IPv4Address(172, 20, 100, 7)])
        #expect(pool.eniIDs == ["eni-1", "eni-2"])
        #expect(pool.subnetID == "subnet-1")
        #expect(pool.aliasRangeName == nil)
        #expect(pool.dnsServers == [IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)])
        #expect(pool.dropInternalAccess)
        #expect(pool.dropCIDRs == [IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 8)])
        #expect(pool.interface == "cni0")
        #expect(pool.manageIPTables == nil)
    }

    @Test("addresses outside the subnet are left out with a warning, and stay in the file")
    func strayAddresses() throws {
        let inside = Pool.sample.ips
        var pool = Pool.sample
        pool.ips = [inside[0], IPv4Address(172, 20, 101, 9), inside[1], IPv4Address(172, 20, 101, 7)]
        pool.otherMembers = [JSON.Member("theirs", .bool(true))]
        try directory.write(pool.json.prettyText, to: "pool.json")
        let loaded = try Pool.loadForService(from: directory.path)
        #expect(loaded.ips == inside)
        #expect(
            loaded.warning == "2 of the addresses in pool.json lie outside the subnet 172.20.100.0/24 and are not "
                + "leased (172.20.101.7 to 172.20.101.9); "
                + "run \"cocoon-net init\" or \"cocoon-net adopt\" again with the right --subnet"
        )
        try loaded.save(in: directory.path)
        let again = try Pool.load(from: directory.path)
        #expect(again == loaded && Set(again.ips + again.strayIPs) == Set(pool.ips))
        #expect(again.otherMembers == pool.otherMembers && Pool.sample.warning == nil)

        pool.ips = [IPv4Address(172, 20, 101, 9)]
        try directory.write(pool.json.prettyText, to: "pool.json")
        let error = try #require(throws: BadInput.self) { try Pool.loadForService(from: directory.path) }
        #expect(error.field == "ips" && error.remedy.contains("with the right --subnet"))
    }

    @Test("a pool of an unfinished init of the Go program, without addresses, loads but cannot be served")
    func loadsSeed() throws {
        try directory.write(
            """
            {"platform":"gke","nodeName":"n","subnet":"10.0.0.0/24","gateway":"10.0.0.1","ips":null,
            "updatedAt":"0001-01-01T00:00:00Z"}
            """, to: "pool.json")
        #expect(try Pool.load(from: directory.path).ips.isEmpty)
        let error = try #require(throws: BadInput.self) { try Pool.loadForService(from: directory.path) }
        #expect(error.field == "ips" && error.value == "[]")
        #expect(error.remedy.contains("cocoon-net init"))
    }

    @Test("the file has the contract's keys in the contract's order, then ours, then unknown ones")
    func keyOrder() throws {
        var pool = Pool.sample
        pool.primaryNIC = "eth0"
        pool.secondaryNICs = ["eth1"]
        pool.eniIDs = ["eni-1"]
        pool.subnetID = "subnet-1"
        pool.aliasRangeName = "cocoon-pods"
        pool.dnsServers = [IPv4Address(9, 9, 9, 9)]
        pool.dropInternalAccess = true
        pool.dropCIDRs = [IPv4Network("10.0.0.0/8")!]
        pool.interface = "br7"
        pool.manageIPTables = false
        pool.options = .object([JSON.Member("42", .string("10.0.0.9"))])
        pool.reservations = .object([JSON.Member("02:00:00:00:00:01", .string("172.20.100.9"))])
        pool.madeHere = [.gateway, .bridge]
        pool.otherMembers = [JSON.Member("theirs", .number("1e400"))]
        try pool.save(in: directory.path)
        #expect(
            try directory.read("pool.json") == """
                {
                  "platform": "none",
                  "nodeName": "node-1",
                  "subnet": "172.20.100.0/24",
                  "gateway": "172.20.100.1",
                  "primaryNIC": "eth0",
                  "secondaryNICs": [
                    "eth1"
                  ],
                  "ips": [
                    "172.20.100.2",
                    "172.20.100.3"
                  ],
                  "eniIDs": [
                    "eni-1"
                  ],
                  "subnetID": "subnet-1",
                  "aliasRangeName": "cocoon-pods",
                  "dnsServers": [
                    "9.9.9.9"
                  ],
                  "dropInternalAccess": true,
                  "dropCIDRs": [
                    "10.0.0.0/8"
                  ],
                  "updatedAt": "2026-01-31T12:00:00Z",
                  "interface": "br7",
                  "manageIPTables": false,
                  "options": {
                    "42": "10.0.0.9"
                  },
                  "reservations": {
                    "02:00:00:00:00:01": "172.20.100.9"
                  },
                  "madeHere": [
                    "bridge",
                    "gateway"
                  ],
                  "theirs": 1e400
                }
                """)
        #expect(try Pool.load(from: directory.path) == pool)
    }

    @Test("without nodeNeeds, the needs follow from the platform, as before; with nodeNeeds, those are followed")
    func nodeNeeds() throws {
        func pool(_ platform: String, _ more: String = "") throws -> Pool {
            let text = """
                {"platform":"\(platform)","nodeName":"n","subnet":"10.0.0.0/24","gateway":"10.0.0.1","ips":["10.0.0.2"],
                "updatedAt":"2026-01-31T12:00:00Z"\(more)}
                """
            return try Pool(json: JSON(parsing: Array(text.utf8)))
        }
        for platform in ["none", "volcengine"] {
            #expect(try pool(platform).nodeNeeds == [])
            #expect(try NodeSetup(pool(platform)).aliasNetwork == nil)
            #expect(try pool(platform).json["nodeNeeds"] == nil)
        }
        #expect(try NodeSetup(pool("gke")).aliasNetwork == pool("gke").subnet)
        #expect(try pool("gke").json["nodeNeeds"] == .strings(["noLocalRoutes"]))
        #expect(try NodeSetup(pool("gke", #","nodeNeeds":[]"#)).aliasNetwork == nil)
        // A platform that this version does not know.
        #expect(try NodeSetup(pool("moon", #","nodeNeeds":["noLocalRoutes"]"#)).aliasNetwork == pool("gke").subnet)
        #expect(try pool("moon", #","nodeNeeds":[]"#).json["nodeNeeds"] == .array([]))
        let error = try #require(throws: BadInput.self) { try pool("gke", #","nodeNeeds":["noMoon"]"#) }
        #expect(error.field == "nodeNeeds[0]" && error.value == #""noMoon""#)
    }

    @Test("empty values are left out, as with Go's omitempty, but ips is always there")
    func omitsEmpty() throws {
        var pool = Pool.sample
        pool.ips = []
        let keys = try #require(pool.json.keys)
        #expect(keys == ["platform", "nodeName", "subnet", "gateway", "ips", "updatedAt"])
        #expect(pool.json["ips"] == .array([]))
    }

    @Test("unknown keys of any form survive a rewrite, including their digits and order")
    func unknownKeys() throws {
        let extra = #""zeta": 0.10, "alpha": {"b": [1, 2.50], "a": null}"#
        try directory.write(Self.goFile.dropLast(2) + ", " + extra + "}", to: "pool.json")
        try Pool.load(from: directory.path).save(in: directory.path)
        let document = try JSON(parsing: Array(try directory.read("pool.json").utf8))
        #expect(document["zeta"] == .number("0.10"))
        #expect(document["alpha"]?.compactText == #"{"b":[1,2.50],"a":null}"#)
        #expect(document.keys?.suffix(2) == ["zeta", "alpha"])
    }

    @Test("a new state directory is 0750, and the file 0644 whatever the umask; no temporary file stays")
    func permissions() throws {
        try Pool.sample.save(in: directory.path + "/a/b")
        #expect(try directory.mode("a/b") == 0o750)
        #expect(try directory.mode("a/b/pool.json") == 0o644)
        let former = umask(0o077)
        defer { umask(former) }
        try Pool.sample.save(in: directory.path + "/a/b")
        #expect(try directory.mode("a/b/pool.json") == 0o644)
        #expect(try directory.names(in: "a/b") == ["pool.json"])
    }

    @Test("a temporary file that a killed writer left behind is overwritten")
    func leftoverTemporaryFile() throws {
        try directory.write("half of a fi", to: "pool.json.tmp")
        try Pool.sample.save(in: directory.path)
        #expect(try directory.names() == ["pool.json"])
        #expect(try Pool.load(from: directory.path) == .sample)
    }

    @Test("loading changes nothing on the disk")
    func loadingIsReadOnly() throws {
        try directory.write(Self.goFile, to: "pool.json")
        _ = try Pool.load(from: directory.path)
        #expect(try directory.names() == ["pool.json"])
        #expect(try directory.read("pool.json") == Self.goFile)
        #expect(try Pool.loadIfPresent(from: directory.path + "/nowhere") == nil)
        #expect(try directory.names() == ["pool.json"])
    }

    @Test("any pool loads as it was saved", arguments: 0..<100)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pool = Pool.random(using: &generator)
        try pool.save(in: directory.path)
        let text = try directory.read("pool.json")
        let loaded = try Pool.load(from: directory.path)
        #expect(loaded == pool)
        #expect(loaded.json.prettyText == text)
    }
}

extension JSON {
    /// The keys of an object, in order.
    var keys: [String]? {
        guard case .object(let members) = self else { return nil }
        return members.map(\.key)
    }
}
