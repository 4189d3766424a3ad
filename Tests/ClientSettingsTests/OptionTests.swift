import Addresses
import Node
import Testing

@testable import FastDHCP
@testable import ClientSettings

@Suite("Options of pool.json")
struct OptionTests {
    /// A key with its value, and the code and the bytes of the option that a client gets.
    struct Case: CustomTestStringConvertible, Sendable {
        let json: String
        let code: UInt8
        let bytes: [UInt8]
        var testDescription: String { json }

        init(_ json: String, _ code: UInt8, _ bytes: [UInt8]) {
            self.json = json
            self.code = code
            self.bytes = bytes
        }
    }

    static let cases = [
        Case(#""dns": ["9.9.9.9", "10.0.0.53"]"#, 6, [9, 9, 9, 9, 10, 0, 0, 53]),
        Case(#""domain": "vm.example.com""#, 15, Array("vm.example.com".utf8)),
        Case(#""domain": "vm.example.com.""#, 15, Array("vm.example.com".utf8)),
        Case(#""search": ["a.bc", "D"]"#, 119, [1, 97, 2, 98, 99, 0, 1, 68, 0]),
        Case(#""mtu": 1450"#, 26, [5, 170]),
        Case(#""mtu": 68"#, 26, [0, 68]),
        Case(#""mtu": 65535"#, 26, [255, 255]),
        Case(#""ntp": ["172.20.100.1"]"#, 42, [172, 20, 100, 1]),
        Case(
            #""routes": [{"to": "10.0.0.0/8", "via": "172.20.100.9"}]"#, 121,
            [8, 10, 172, 20, 100, 9, 0, 172, 20, 100, 1]),
        Case(
            #""routes": [{"to": "0.0.0.0/0", "via": "172.20.100.254"}, {"to": "10.1.2.0/23", "via": "172.20.100.9"}]"#,
            121,
            [0, 172, 20, 100, 254, 23, 10, 1, 2, 172, 20, 100, 9]),
        Case(
            #""routes": [{"to": "10.9.8.7/32", "via": "172.20.100.1"}]"#, 249,
            [32, 10, 9, 8, 7, 172, 20, 100, 1, 0, 172, 20, 100, 1]),
        Case(
            #""captivePortal": "https://portal.example.com/a%20b?c=d#e""#, 114,
            Array("https://portal.example.com/a%20b?c=d#e".utf8)),
        Case(
            #""captivePortal": "urn:ietf:params:capport:unrestricted""#, 114,
            Array("urn:ietf:params:capport:unrestricted".utf8)),
        Case(#""ipv6OnlyWait": 300"#, 108, [0, 0, 1, 44]),
        Case(#""ipv6OnlyWait": 4294967295"#, 108, [255, 255, 255, 255]),
        Case(#""tftpServers": ["10.0.0.1", "10.0.0.2"]"#, 150, [10, 0, 0, 1, 10, 0, 0, 2]),
        Case(#""custom": [{"code": 150, "type": "text", "value": "grub"}]"#, 150, Array("grub".utf8)),
        Case(#""custom": [{"code": 224, "type": "text", "value": "a b"}]"#, 224, [97, 32, 98]),
        Case(#""custom": [{"code": 43, "type": "hex", "value": "0aFf00"}]"#, 43, [10, 255, 0]),
        Case(#""custom": [{"code": 43, "type": "hex", "value": "0a:ff:00"}]"#, 43, [10, 255, 0]),
        Case(#""custom": [{"code": 224, "type": "hex", "value": ""}]"#, 224, []),
        Case(#""custom": [{"code": 32, "type": "ip", "value": "172.20.100.3"}]"#, 32, [172, 20, 100, 3]),
        Case(
            #""custom": [{"code": 44, "type": "ips", "value": ["10.0.0.1", "10.0.0.2"]}]"#, 44,
            [10, 0, 0, 1, 10, 0, 0, 2]),
        Case(#""custom": [{"code": 46, "type": "uint8", "value": 8}]"#, 46, [8]),
        Case(#""custom": [{"code": 13, "type": "uint16", "value": 258}]"#, 13, [1, 2]),
        Case(#""custom": [{"code": 35, "type": "uint32", "value": 16909060}]"#, 35, [1, 2, 3, 4]),
        Case(#""custom": [{"code": 19, "type": "bool", "value": true}]"#, 19, [1]),
        Case(
            #""custom": [{"code": 19, "type": "bool", "value": false}, {"code": 252, "type": "text", "value": "x"}]"#,
            19, [0]),
    ]

    @Test("each key becomes the bytes of its option", arguments: cases)
    func bytes(_ test: Case) throws {
        let policy = try policy(options: "{\(test.json)}")
        #expect(policy.profiles[0].options[test.code] == test.bytes)
    }

    @Test("without settings clients get mask, router, name servers, broadcast address and the NIC's MTU")
    func nothing() throws {
        let policy = try policy(mtu: 1460)
        let options = policy.profiles[0].options
        #expect(options.codes == [1, 3, 6, 26, 28])
        #expect(
            options[1] == [255, 255, 255, 0] && options[3] == [172, 20, 100, 1] && options[28] == [172, 20, 100, 255])
        #expect(options[6] == [8, 8, 8, 8, 1, 1, 1, 1] && options[26] == [5, 180])
        #expect(policy.generation == 7 && policy.profiles.count == 1 && policy.profiles[0].boots.isEmpty)
        #expect(policy.reservationCount == 0)
    }

    @Test("name servers come from options, else from dnsServers")
    func dns() throws {
        var pool = try Pool.sample(options: "{}")
        pool.dnsServers = [IPv4Address(10, 0, 0, 53)]
        func servers() throws -> [UInt8]? {
            try PoolSettings(pool, stateDirectory: "/state").policy(generation: 1, leaseTime: nil, mtu: nil)
                .profiles[0].options[6]
        }
        #expect(try servers() == [10, 0, 0, 53])
        pool.options = .object([JSON.Member("dns", .strings(["9.9.9.9"]))])
        #expect(try servers() == [9, 9, 9, 9])
    }

    @Test("the key overrides the NIC's MTU, and an MTU that option 26 cannot have is not sent")
    func mtu() throws {
        #expect(try policy(options: #"{"mtu": 1400}"#, mtu: 1460).profiles[0].options[26] == [5, 120])
        #expect(try policy(mtu: 60).profiles[0].options[26] == nil)
        #expect(try policy().profiles[0].options[26] == nil)
    }

    private func warnings(options: String, reservations: String? = nil) throws -> [String] {
        let settings = try settings(options: options, reservations: reservations)
        return settings.warnings(of: try settings.policy(generation: 1, leaseTime: nil, mtu: nil))
    }

    @Test("each option that has no room in the smallest reply gives one warning, which names it")
    func withoutRoom() throws {
        func routes(_ count: Int) -> String {
            let routes = (0..<count).map { #"{"to": "10.1.\#($0).0/24", "via": "172.20.100.9"}"# }
            return #""routes": [\#(routes.joined(separator: ","))]"#
        }
        func custom(_ count: Int) -> String {
            #""custom": [{"code": 224, "type": "hex", "value": "\#(String(repeating: "00", count: count))"}]"#
        }
        func warning(_ field: String, _ code: Int) -> String {
            "/state/pool.json: \(field) (option \(code)) does not fit in a reply of 576 bytes, so a VM that accepts no more "
                + "does not get it; shorten it, or remove other options"
        }
        #expect(try warnings(options: "{\(routes(33))}").isEmpty)
        #expect(
            try warnings(options: "{\(routes(70)), \(custom(600))}")
                == [warning("options.routes", 121), warning("options.custom[0]", 224)])
        let own = #"{"ip": "172.20.100.9", "hostname": "vm1", "options": {\#(custom(601))}}"#
        let prefix = #"reservations["02:00:00:00:00:01"].options"#
        #expect(
            try warnings(options: "{\(routes(70))}", reservations: #"{"02:00:00:00:00:01": \#(own)}"#)
                == [warning("options.routes", 121), warning("\(prefix).custom[0]", 224)])
    }

    @Test("an MTU that many clients ignore gives a warning")
    func warning() throws {
        #expect(try warnings(options: #"{"mtu": 576}"#).isEmpty)
        let small = try warnings(
            options: #"{"mtu": 575}"#,
            reservations: #"{"02:00:00:00:00:01": {"ip": "172.20.100.9", "options": {"mtu": 68}}}"#)
        #expect(
            small == [
                "/state/pool.json: options.mtu is so small that many clients ignore it; use 576 or more",
                #"/state/pool.json: reservations["02:00:00:00:00:01"].options.mtu "#
                    + "is so small that many clients ignore it; use 576 or more",
            ])
    }

    @Test("every key has a test of its bytes, or is about times or booting")
    func completeness() {
        for key in OptionKey.allCases where !key.isForEveryone && !key.isForBooting {
            #expect(Self.cases.contains { $0.json.hasPrefix("\"\(key)\"") }, "\(key)")
        }
        for type in CustomType.allCases { #expect(Self.cases.contains { $0.json.contains("\"\(type)\"") }, "\(type)") }
    }
}
