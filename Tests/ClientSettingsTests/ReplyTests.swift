import Addresses
import Node
import Testing

@testable import FastDHCP
@testable import ClientSettings

@Suite("What a client reads in the answer")
struct ReplyTests {
    @Test("every key arrives in one answer")
    func everything() throws {
        let policy = try policy(
            options: #"""
                {"leaseTime": "1h", "renewalTime": "20m", "rebindingTime": "50m", "spreadRenewals": false,
                 "dns": ["9.9.9.9"], "domain": "vm.example", "search": ["a.b"], "mtu": 1450, "ntp": ["10.0.0.1"],
                 "routes": [{"to": "10.0.0.0/8", "via": "172.20.100.9"}],
                 "captivePortal": "https://p/", "ipv6OnlyWait": 600,
                 "nextServer": "172.20.100.7", "tftpServer": "tftp", "bootFile": "undionly.kpxe",
                 "boot": {"uefi-x64": "x64.efi", "http-x64": "http://b/x64.efi"},
                 "custom": [{"code": 224, "type": "text", "value": "x"}]}
                """#,
            reservations: #"{"02:00:00:00:00:01": {"ip": "172.20.100.9", "hostname": "vm1"}}"#, leaseTime: nil)
        let answer = try Exchange(policy, client: 1, byteLimit: 1500)
        let route: [UInt8] = [8, 10, 172, 20, 100, 9, 0, 172, 20, 100, 1]
        let expected: [UInt8: [UInt8]] = [
            1: [255, 255, 255, 0], 3: [172, 20, 100, 1], 6: [9, 9, 9, 9], 12: Array("vm1".utf8),
            15: Array("vm.example".utf8), 26: [5, 170], 28: [172, 20, 100, 255], 42: [10, 0, 0, 1],
            51: [0, 0, 14, 16], 53: [2], 54: [172, 20, 100, 1], 58: [0, 0, 4, 176], 59: [0, 0, 11, 184],
            66: Array("tftp".utf8), 67: Array("undionly.kpxe".utf8), 108: [0, 0, 2, 88], 114: Array("https://p/".utf8),
            119: [1, 97, 1, 98, 0], 121: route, 224: [120], 249: route,
        ]
        #expect(answer.options == expected)
        #expect(answer.siaddr == [172, 20, 100, 7] && text(answer.file) == "undionly.kpxe")
    }

    @Test(
        "firmware is answered by its architecture (93), iPXE by its user class (77)",
        arguments: [
            ([93, 2, 0, 0], "bios", nil), ([93, 2, 0, 7], "x64", nil), ([93, 2, 0, 11], "arm64", nil),
            ([93, 2, 0, 16], "http://b/x64", "HTTPClient"), ([93, 2, 0, 19], "http://b/arm64", "HTTPClient"),
            ([93, 2, 0, 7, 77, 4] + Array("iPXE".utf8), "http://b/boot.ipxe", nil), ([93, 2, 0, 99], "any", nil),
        ] as [([UInt8], String, String?)])
    func boot(request: [UInt8], file: String, vendorClass: String?) throws {
        let policy = try policy(
            options: #"""
                {"bootFile": "any", "boot": {"bios": "bios", "uefi-x64": "x64", "uefi-arm64": "arm64",
                 "http-x64": "http://b/x64", "http-arm64": "http://b/arm64", "ipxe": "http://b/boot.ipxe"}}
                """#)
        let answer = try Exchange(policy, more: request)
        #expect(text(answer.file) == file && text(answer[67]) == file && text(answer[60]) == vendorClass)
    }

    @Test("an option that just fits arrives, and one byte more is refused", arguments: [1, 2, 20])
    func longestOption(serverCount: Int) throws {
        let servers = (1...serverCount).map { "\"10.0.0.\($0)\"" }.joined(separator: ",")
        func options(_ byteCount: Int) -> String {
            let value = String(repeating: "00", count: byteCount)
            return #"{"dns": [\#(servers)], "custom": [{"code": 224, "type": "hex", "value": "\#(value)"}]}"#
        }
        // 1196 bytes, less mask, router, servers, and five option headers.
        let longest = 1196 - 6 - 6 - (2 + 4 * serverCount) - 2 * 5
        let answer = try Exchange(policy(options: options(longest)), list: [224], byteLimit: 1500)
        #expect(answer[224]?.count == longest && answer.byteCount == 1492)
        let error = try #require(throws: BadInput.self) { try policy(options: options(longest + 1)) }
        #expect(error.field == "options.custom[0]" && error.remedy == "shorten it")
        #expect(error.problem == "has \(longest + 11) bytes, but only \(longest + 10) fit in a reply")
    }

    @Test("more name servers than every reply can carry are refused, and the error names their field")
    func tooManyServers() throws {
        func servers(_ count: Int) -> String {
            "[" + (0..<count).map { "\"10.0.\($0 / 200).\($0 % 200)\"" }.joined(separator: ",") + "]"
        }
        let answer = try Exchange(policy(options: #"{"dns": \#(servers(65))}"#), list: [])
        #expect(answer[6]?.count == 260 && answer.byteCount <= 576)
        let ours = try #require(throws: BadInput.self) { try policy(options: #"{"dns": \#(servers(66))}"#) }
        #expect(ours.field == "options.dns" && ours.remedy == "list fewer servers")
        let own = #"{"02:00:00:00:00:01": {"ip": "172.20.100.9", "options": {"dns": \#(servers(66))}}}"#
        let clients = try #require(throws: BadInput.self) { try policy(reservations: own) }
        #expect(clients.field == #"reservations["02:00:00:00:00:01"].options.dns"#)

        var pool = Pool.sample
        pool.dnsServers = (0..<66).map { .init(10, 0, 0, $0) }
        let settings = try PoolSettings(pool, stateDirectory: "/state")
        let pools = try #require(throws: BadInput.self) {
            try settings.policy(generation: 1, leaseTime: nil, mtu: nil)
        }
        #expect(pools.field == "dnsServers" && pools.file == "/state/pool.json")
    }
}
