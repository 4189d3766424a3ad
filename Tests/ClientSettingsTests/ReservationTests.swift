import Addresses
import Node
import Testing

@testable import FastDHCP
@testable import ClientSettings

@Suite("Reservations of pool.json")
struct ReservationTests {
    private static let first = MACAddress(0x02, 0, 0, 0, 0, 1)

    @Test("an address alone is reserved for its client, which gets the options for everyone")
    func address() throws {
        let policy = try policy(
            reservations: #"{"02-00-00-00-00-01": "172.20.100.9", "02:00:00:00:00:02": {"ip": "172.20.100.3"}}"#)
        #expect(policy.reservationCount == 2 && policy.profiles.count == 1)
        #expect(policy.reservedAddress(for: Self.first) == IPv4Address(172, 20, 100, 9))
        #expect(policy.reservedAddress(for: MACAddress(0x02, 0, 0, 0, 0, 2)) == IPv4Address(172, 20, 100, 3))
        #expect(policy.reservedAddress(for: MACAddress(0x02, 0, 0, 0, 0, 3)) == nil)
        #expect(policy.isReserved(IPv4Address(172, 20, 100, 9), forOtherThan: MACAddress(0x02, 0, 0, 0, 0, 2)))
        #expect(!policy.isReserved(IPv4Address(172, 20, 100, 9), forOtherThan: Self.first))
    }

    @Test("a client gets its host name, and its own options in place of everyone's, key by key")
    func overrides() throws {
        let policy = try policy(
            options: #"""
                {"dns": ["9.9.9.9"], "domain": "a.example", "ntp": ["10.0.0.1"], "mtu": 1400,
                 "custom": [{"code": 224, "type": "uint8", "value": 1}, {"code": 225, "type": "uint8", "value": 2}]}
                """#,
            reservations: #"""
                {"02:00:00:00:00:01": {"ip": "172.20.100.9", "hostname": "vm1", "options":
                  {"dns": ["1.1.1.1", "1.0.0.1"], "mtu": 9000, "custom": [{"code": 224, "type": "uint8", "value": 3}]}},
                 "02:00:00:00:00:02": {"ip": "172.20.100.3", "hostname": "vm2.example.com"}}
                """#)
        let everyone = policy.profiles[0].options
        #expect(everyone.codes == [1, 3, 6, 15, 26, 28, 42, 224, 225])
        #expect(everyone[6] == [9, 9, 9, 9] && everyone[26] == [5, 120] && everyone[224] == [1])

        let first = try policy.profile(of: 1).options
        #expect(first.codes == [1, 3, 6, 12, 15, 26, 28, 42, 224])
        #expect(first[6] == [1, 1, 1, 1, 1, 0, 0, 1] && first[26] == [35, 40] && first[224] == [3])
        #expect(text(first[12]) == "vm1" && text(first[15]) == "a.example" && first[42] == [10, 0, 0, 1])

        let second = try policy.profile(of: 2).options
        #expect(text(second[12]) == "vm2.example.com")
        #expect(second.codes == [1, 3, 6, 12, 15, 26, 28, 42, 224, 225] && second[6] == [9, 9, 9, 9])
        #expect(try policy.profile(of: 3).options.codes == everyone.codes)
    }

    @Test("the host name of a reservation can be looked up")
    func hostname() throws {
        let settings = try settings(reservations: #"{"02:00:00:00:00:01": {"ip": "172.20.100.9", "hostname": "vm1"}}"#)
        #expect(settings.hostname(of: Self.first) == "vm1")
        #expect(settings.hostname(of: .broadcast) == nil)
    }

    private static let mac = "02:00:00:00:00:01"
    private static func one(_ json: String) -> String { #"{"\#(mac)": \#(json)}"# }
    private static let field = #"["02:00:00:00:00:01"]"#

    static let cases =
        [
            Refusal("[]", at: "", "is an array, not an object", #"write it as {"MAC": "address"}"#),
            Refusal(
                #"{"02:00:00:00:00": "172.20.100.9"}"#, at: #"["02:00:00:00:00"]"#, shows: nil,
                "is not a MAC address such as 02:00:00:00:00:01", "correct it"),
            Refusal(
                #"{"": "172.20.100.9"}"#, at: #"[""]"#, shows: nil, "is not a MAC address such as 02:00:00:00:00:01",
                "correct it"),
            Refusal(
                #"{"00:00:00:00:00:00": "172.20.100.9"}"#, at: #"["00:00:00:00:00:00"]"#, shows: nil,
                "is not a MAC address that a NIC can have", "write the MAC address of the VM's NIC"),
            Refusal(
                #"{"01:00:5e:00:00:01": "172.20.100.9"}"#, at: #"["01:00:5e:00:00:01"]"#, shows: nil,
                "is not a MAC address that a NIC can have", "write the MAC address of the VM's NIC"),
            Refusal(
                #"{"FF:FF:FF:FF:FF:FF": "172.20.100.9"}"#, at: #"["FF:FF:FF:FF:FF:FF"]"#, shows: nil,
                "is not a MAC address that a NIC can have", "write the MAC address of the VM's NIC"),
            Refusal(
                #"{"02:00:00:00:00:aa": "172.20.100.9", "02-00-00-00-00-AA": "172.20.100.3"}"#,
                at: #"["02-00-00-00-00-AA"]"#, shows: nil, #"appears twice, also as "02:00:00:00:00:aa""#,
                "remove one of them"),
            Refusal(
                one("7"), at: field, shows: "7", "is a number, not an address or an object",
                #"write an address, or {"ip": "…"}"#),
            Refusal(one("{}"), at: field, shows: "{}", #"has no "ip""#, "name an address of the pool"),
            Refusal(
                one(#"{"address": "172.20.100.9"}"#), at: field + ".address", shows: nil, "is not a known key",
                "remove it, or use one of ip, hostname, options"),
            Refusal(
                one(#"{"ip": "172.20.100.9", "hostnam": "a"}"#), at: field + ".hostnam", shows: nil,
                "is not a known key", #"write "hostname" instead"#),
            Refusal(one(#""vm1""#), at: field, shows: #""vm1""#, "is not an IPv4 address", "correct it"),
            Refusal(one(#"{"ip": 9}"#), at: field + ".ip", shows: "9", "is a number, not a string", "put it in quotes"),
            Refusal(
                one(#""172.20.101.9""#), at: field, shows: #""172.20.101.9""#,
                "lies outside the subnet 172.20.100.0/24",
                "use an address of the pool"),
            Refusal(
                one(#"{"ip": "172.20.100.1"}"#), at: field + ".ip", shows: #""172.20.100.1""#,
                "is the gateway's address",
                "use an address of the pool"),
            Refusal(
                one(#""172.20.100.255""#), at: field, shows: #""172.20.100.255""#,
                "is the broadcast address of 172.20.100.0/24", "use an address of the pool"),
            Refusal(
                one(#""172.20.100.4""#), at: field, shows: #""172.20.100.4""#, "is not among the pool's addresses",
                #"use one of "ips""#),
            Refusal(
                #"{"02:00:00:00:00:01": "172.20.100.9", "02:00:00:00:00:02": {"ip": "172.20.100.9"}}"#,
                at: #"["02:00:00:00:00:02"].ip"#, shows: #""172.20.100.9""#,
                #"is already reserved by reservations["02:00:00:00:00:01"]"#, "give one of them another address"),
            Refusal(
                one(#"{"ip": "172.20.100.9", "hostname": "vm 1"}"#), at: field + ".hostname", shows: #""vm 1""#,
                "is not a domain name", "use letters, digits, hyphens and underscores"),
            Refusal(
                one(#"{"ip": "172.20.100.9", "hostname": ""}"#), at: field + ".hostname", shows: #""""#,
                "is not a domain name: it has an empty label", "write it like example.com"),
            Refusal(
                one(#"{"ip": "172.20.100.9", "options": "file.json"}"#), at: field + ".options", shows: #""file.json""#,
                "is a string, not an object", #"write it as {"leaseTime": …}"#),
            Refusal(
                one(#"{"ip": "172.20.100.9", "options": {"dns": ["9.9.9.9", "x"]}}"#), at: field + ".options.dns[1]",
                shows: #""x""#, "is not an IPv4 address", "correct it"),
        ]
        + OptionKey.allCases.filter(\.isForEveryone).map { key in
            Refusal(
                one(#"{"ip": "172.20.100.9", "options": {"\#(key)": "1h"}}"#), at: field + ".options.\(key)",
                shows: #""1h""#, "is the same for all VMs", #"move it to "options""#)
        }

    @Test("each error names the file, the field, the value and the remedy", arguments: cases)
    func refusal(_ test: Refusal) throws {
        try test.check(under: "reservations") { try settings(reservations: test.json) }
    }

    @Test("a long key is cut in the error")
    func longKey() throws {
        let key = String(repeating: "\u{1F600}", count: 500)
        let error = try #require(throws: BadInput.self) { try settings(reservations: #"{"\#(key)": 1}"#) }
        #expect((error.field?.count ?? 999) < 60)
    }
}
