import Addresses
import Glibc
import TestSupport
import Testing

@testable import Node

@Suite("pool.json that cannot be used")
struct PoolBadInputTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A change to a good file, and what the error must say about it.
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// Replaces a key's value; nil removes the key.
        var key: String
        var value: String?
        var field: String
        var shownValue: String?
        var problem: String

        init(_ key: String, _ value: String?, field: String? = nil, shows: String? = nil, _ problem: String) {
            testDescription = "\(key) \(value ?? "missing")"
            self.key = key
            self.value = value
            self.field = field ?? key
            shownValue = shows ?? value
            self.problem = problem
        }
    }

    static let cases = [
        Case("platform", #""aws""#, "is not a platform of this version"),
        Case("platform", nil, "is missing or empty"),
        Case("nodeName", #""""#, shows: .some(nil) ?? nil, "is missing or empty"),
        Case("nodeName", "7", "is a number, not a string"),
        Case("nodeName", #""two words""#, "is not a valid node name"),
        Case("subnet", #""172.20.100.0""#, "is not a network such as 172.20.100.0/24"),
        Case("subnet", #""172.20.100.0/33""#, "is not a network such as 172.20.100.0/24"),
        Case("subnet", #""172.20.100.5/24""#, "is not a network such as 172.20.100.0/24"),
        Case("subnet", #""fd00::/64""#, "is not a network such as 172.20.100.0/24"),
        Case("subnet", #""128.0.0.0/4""#, shows: "128.0.0.0/4", "is not between /8 and /30"),
        Case("subnet", #""172.20.100.0/31""#, shows: "172.20.100.0/31", "is not between /8 and /30"),
        Case("gateway", #""172.20.100""#, "is not an IPv4 address"),
        Case("gateway", #""172.20.101.1""#, shows: "172.20.101.1", "lies outside the subnet 172.20.100.0/24"),
        Case("gateway", #""172.20.100.0""#, shows: "172.20.100.0", "is the network address of 172.20.100.0/24"),
        Case("gateway", #""172.20.100.255""#, shows: "172.20.100.255", "is the broadcast address of 172.20.100.0/24"),
        Case("gateway", #""172.20.100.2""#, field: "ips[0]", shows: "172.20.100.2", "is the gateway's address"),
        Case("ips", #"["0.0.0.0"]"#, field: "ips[0]", shows: "0.0.0.0", "is not an address that a VM can have"),
        Case(
            "ips", #"["172.20.100.9","172.20.100.8","172.20.100.9"]"#, field: "ips[2]", shows: "172.20.100.9",
            "is listed twice, also at ips[0]"),
        Case(
            "ips", #"["172.20.100.255"]"#, field: "ips[0]", shows: "172.20.100.255",
            "is the broadcast address of 172.20.100.0/24"),
        Case("ips", #"["172.20.100.300"]"#, field: "ips[0]", shows: #""172.20.100.300""#, "is not an IPv4 address"),
        Case("ips", #"["172.20.100.2", 3]"#, field: "ips[1]", shows: "3", "is not an IPv4 address"),
        Case("ips", #""172.20.100.2""#, "is a string, not an array"),
        Case("primaryNIC", #""eth0 -j DROP""#, "is not a valid interface name"),
        Case("primaryNIC", #""a-name-too-long-for-the-kernel""#, "is not a valid interface name"),
        Case(
            "secondaryNICs", #"["eth1", "../../etc"]"#, field: "secondaryNICs[1]", shows: #""../../etc""#,
            "is not a valid interface name"),
        Case("interface", #""eth+""#, "is not a valid interface name"),
        Case(
            "dnsServers", #"["dns.example"]"#, field: "dnsServers[0]", shows: #""dns.example""#,
            "is not an IPv4 address"),
        Case(
            "dropCIDRs", #"["10.0.0.0/64"]"#, field: "dropCIDRs[0]", shows: #""10.0.0.0/64""#,
            "is not a network such as 10.0.0.0/8"),
        Case("dropInternalAccess", #""yes""#, "is a string, not a boolean"),
        Case("manageIPTables", "1", "is a number, not a boolean"),
        Case("updatedAt", #""yesterday""#, "is not a time such as 2026-01-31T12:00:00Z"),
    ]

    @Test("each error names the file, the field, the value and a remedy", arguments: cases)
    func field(_ test: Case) throws {
        guard case .object(var members) = Pool.sample.json else { return }
        members.removeAll { $0.key == test.key }
        let value = try test.value.map { try JSON(parsing: Array($0.utf8)) }
        if let value { members.append(JSON.Member(test.key, value)) }
        try directory.write(JSON.object(members).prettyText, to: "pool.json")

        let error = try #require(throws: BadInput.self) { try Pool.load(from: directory.path) }
        #expect(error.file == directory.path + "/pool.json")
        #expect(error.field == test.field)
        #expect(error.problem == test.problem)
        if !test.problem.contains("missing") {
            #expect(error.value == (test.shownValue == test.value ? value?.compactText : test.shownValue))
        }
        #expect(!error.remedy.isEmpty)
        let text = error.description
        #expect(text.hasPrefix(directory.path + "/pool.json: "))
        for part in [error.field, error.value, error.problem, error.remedy] { #expect(text.contains(part ?? "")) }
    }

    @Test("the error names a missing file, and the commands that make one")
    func missing() throws {
        let error = try #require(throws: BadInput.self) { try Pool.load(from: directory.path + "/nowhere") }
        #expect(error.description.hasPrefix(directory.path + "/nowhere/pool.json: there is no such file; "))
        #expect(error.remedy.contains("cocoon-net adopt") && error.remedy.contains("--state-dir"))
    }

    @Test("the error names a file that cannot be read, with the kernel's reason")
    func unreadable() throws {
        try directory.write("", to: "pool.json/inner")
        let error = try #require(throws: BadInput.self) { try Pool.load(from: directory.path) }
        #expect(error.problem == "cannot be read: Is a directory")
    }

    @Test("the error names a malformed file, with line and column")
    func malformed() throws {
        try directory.write("{\n  \"platform\": \"none\",\n  \"nodeName\": }", to: "pool.json")
        let error = try #require(throws: BadInput.self) { try Pool.load(from: directory.path) }
        #expect(
            error.description.hasPrefix(
                directory.path + "/pool.json: line 3, column 15: expected a value, found '}'; "))
    }

    @Test(
        "if the file is not an object, the error says what it is",
        arguments: [("[]", "an array"), ("null", "null"), ("3", "a number")])
    func notAnObject(text: String, kind: String) throws {
        try directory.write(text, to: "pool.json")
        let error = try #require(throws: BadInput.self) { try Pool.load(from: directory.path) }
        #expect(error.problem == "is \(kind), not an object")
    }

    @Test("more addresses than a pool may have are refused")
    func tooMany() throws {
        var pool = Pool.sample
        pool.subnet = IPv4Network("10.0.0.0/8")!
        pool.gateway = IPv4Address(10, 0, 0, 1)
        pool.ips = Array(pool.subnet.hosts.dropFirst().prefix(Pool.addressLimit + 1))
        let error = try #require(throws: BadInput.self) { try pool.validate() }
        #expect(error.field == "ips" && error.problem == "has 1048577 addresses, but at most 1048576 are allowed")
    }

    @Test("a long value is cut")
    func longValue() throws {
        let long = String(repeating: "x", count: 1000)
        try directory.write(#"{"platform": "\#(long)"}"#, to: "pool.json")
        let error = try #require(throws: BadInput.self) { try Pool.load(from: directory.path) }
        #expect(error.value?.count == 80)
    }
}
