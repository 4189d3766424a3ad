import Node
import Testing

@testable import ClientSettings

@Suite("Options that cannot be used")
struct OptionErrorTests {
    static let cases = [
        // The object and its keys.
        Refusal("7", at: "", "is a number, not an object", #"write it as {"leaseTime": …}"#),
        Refusal(#"{"dsn": ["9.9.9.9"]}"#, at: "dsn", shows: nil, "is not a known key", #"write "dns" instead"#),
        Refusal(
            #"{"LeaseTime": "1h"}"#, at: "LeaseTime", shows: nil, "is not a known key",
            #"write "leaseTime" instead"#),
        Refusal(
            #"{"tftpserver": "a"}"#, at: "tftpserver", shows: nil, "is not a known key",
            #"write "tftpServer" instead"#),
        Refusal(
            #"{"gateway": "172.20.100.1"}"#, at: "gateway", shows: nil, "is not a known key",
            "remove it, or use one of \(OptionKey.allCases.map(\.rawValue).joined(separator: ", "))"),
        Refusal(#"{"d ns": 1}"#, at: #"["d ns"]"#, shows: nil, "is not a known key", #"write "dns" instead"#),
        Refusal(#"{"dns": null}"#, at: "dns", "is null, not an array", "write it as [ … ]"),

        // Times.
        Refusal(#"{"leaseTime": 86400}"#, at: "leaseTime", "is a number, not a string", "put it in quotes"),
        Refusal(
            #"{"leaseTime": "9s"}"#, at: "leaseTime", "is not a time from 10s to 2147483647s",
            "write it like 90s, 15m, 24h or infinite"),
        Refusal(
            #"{"leaseTime": "1 day"}"#, at: "leaseTime", "is not a time from 10s to 2147483647s",
            "write it like 90s, 15m, 24h or infinite"),
        Refusal(
            #"{"leaseTime": "2147483648s"}"#, at: "leaseTime", "is not a time from 10s to 2147483647s",
            "write it like 90s, 15m, 24h or infinite"),
        Refusal(
            #"{"renewalTime": "infinite"}"#, at: "renewalTime", "is not a time within a lease",
            "write it like 90s, 15m or 12h"),
        Refusal(
            #"{"rebindingTime": "0s"}"#, at: "rebindingTime", "is not a time within a lease",
            "write it like 90s, 15m or 12h"),
        Refusal(
            #"{"spreadRenewals": "yes"}"#, at: "spreadRenewals", "is a string, not a boolean", "write true or false"),

        // Addresses.
        Refusal(#"{"dns": "9.9.9.9"}"#, at: "dns", "is a string, not an array", "write it as [ … ]"),
        Refusal(#"{"dns": []}"#, at: "dns", "is empty", "add an element, or remove the key"),
        Refusal(#"{"dns": ["9.9.9.9", 9]}"#, at: "dns[1]", shows: "9", "is a number, not a string", "put it in quotes"),
        Refusal(
            #"{"dns": ["dns.example"]}"#, at: "dns[0]", shows: #""dns.example""#, "is not an IPv4 address", "correct it"
        ),
        Refusal(#"{"dns": ["fd00::53"]}"#, at: "dns[0]", shows: #""fd00::53""#, "is not an IPv4 address", "correct it"),
        Refusal(
            #"{"dns": ["9.9.9.9", "1.1.1.1", "9.9.9.9"]}"#, at: "dns[2]", shows: #""9.9.9.9""#,
            "is the same as options.dns[0]", "remove one of them"),
        Refusal(
            #"{"dns": ["127.0.0.53"]}"#, at: "dns[0]", shows: #""127.0.0.53""#,
            "is a loopback address, which means the VM itself",
            "name an address that VMs can reach"),
        Refusal(#"{"ntp": ["0.0.0.0"]}"#, at: "ntp[0]", shows: #""0.0.0.0""#, "is not a host address"),
        Refusal(#"{"ntp": ["224.0.1.1"]}"#, at: "ntp[0]", shows: #""224.0.1.1""#, "is not a host address"),
        Refusal(#"{"nextServer": "255.255.255.255"}"#, at: "nextServer", "is not a host address"),
        Refusal(#"{"nextServer": "pxe.example.com"}"#, at: "nextServer", "is not an IPv4 address", "correct it"),

        // Names.
        Refusal(
            #"{"domain": ""}"#, at: "domain", "is not a domain name: it has an empty label", "write it like example.com"
        ),
        Refusal(
            #"{"domain": "a..b"}"#, at: "domain", "is not a domain name: it has an empty label",
            "write it like example.com"),
        Refusal(
            #"{"domain": "a b"}"#, at: "domain", "is not a domain name", "use letters, digits, hyphens and underscores"),
        Refusal(#"{"domain": ["a"]}"#, at: "domain", "is an array, not a string", "put it in quotes"),
        Refusal(#"{"search": "a.b"}"#, at: "search", "is a string, not an array", "write it as [ … ]"),
        Refusal(
            #"{"search": ["a.b", "A.B."]}"#, at: "search[1]", shows: #""A.B.""#, "is the same as options.search[0]",
            "remove one of them"),
        Refusal(
            #"{"search": ["\#(long(64))"]}"#, at: "search[0]", shows: #""\#(long(64))""#,
            "has a label of more than 63 bytes", "shorten it"),
        Refusal(
            #"{"domain": "\#(long(50, 51)).x"}"#, at: "domain", "exceeds the 253 bytes of a domain name",
            "shorten it"),
        Refusal(
            #"{"tftpServer": "a/b"}"#, at: "tftpServer", "is not a domain name",
            "use letters, digits, hyphens and underscores"),

        // Numbers.
        Refusal(#"{"mtu": 67}"#, at: "mtu", "is not a whole number from 68 to 65535"),
        Refusal(#"{"mtu": 65536}"#, at: "mtu", "is not a whole number from 68 to 65535"),
        Refusal(#"{"mtu": 1450.5}"#, at: "mtu", "is not a whole number from 68 to 65535"),
        Refusal(#"{"mtu": -1}"#, at: "mtu", "is not a whole number from 68 to 65535"),
        Refusal(#"{"mtu": 99999999999999999999999}"#, at: "mtu", "is not a whole number from 68 to 65535"),
        Refusal(#"{"mtu": "1450"}"#, at: "mtu", "is a string, not a number", "write a number from 68 to 65535"),
        Refusal(#"{"mtu": true}"#, at: "mtu", "is a boolean, not a number", "write a number from 68 to 65535"),
        Refusal(#"{"ipv6OnlyWait": 299}"#, at: "ipv6OnlyWait", "is not a whole number from 300 to 4294967295"),
        Refusal(#"{"ipv6OnlyWait": 4294967296}"#, at: "ipv6OnlyWait", "is not a whole number from 300 to 4294967295"),

        // Routes.
        Refusal(
            #"{"routes": [["10.0.0.0/8"]]}"#, at: "routes[0]", shows: #"["10.0.0.0/8"]"#, "is an array, not an object",
            #"write it as {"to": …}"#),
        Refusal(
            #"{"routes": [{"via": "172.20.100.1"}]}"#, at: "routes[0]", shows: #"{"via":"172.20.100.1"}"#,
            #"has no "to""#, "name the destination network"),
        Refusal(
            #"{"routes": [{"to": "10.0.0.0/8"}]}"#, at: "routes[0]", shows: #"{"to":"10.0.0.0/8"}"#, #"has no "via""#,
            "name the router, an address of 172.20.100.0/24"),
        Refusal(
            #"{"routes": [{"to": "10.0.0.0/8", "vai": "172.20.100.1"}]}"#, at: "routes[0].vai", shows: nil,
            "is not a known key", #"write "via" instead"#),
        Refusal(
            #"{"routes": [{"to": "10.0.0.0", "via": "172.20.100.1"}]}"#, at: "routes[0].to", shows: #""10.0.0.0""#,
            "is not a network such as 10.0.0.0/8", "correct it"),
        Refusal(
            #"{"routes": [{"to": "10.1.2.3/8", "via": "172.20.100.1"}]}"#, at: "routes[0].to", shows: #""10.1.2.3/8""#,
            "has host bits", "write 10.0.0.0/8"),
        Refusal(
            #"{"routes": [{"to": "10.0.0.0/8", "via": "x"}]}"#, at: "routes[0].via", shows: #""x""#,
            "is not an IPv4 address", "correct it"),
        Refusal(
            #"{"routes": [{"to": "10.0.0.0/8", "via": "172.20.101.1"}]}"#, at: "routes[0].via",
            shows: #""172.20.101.1""#,
            "is not a host address in the subnet 172.20.100.0/24", "name a router that VMs reach directly"),
        Refusal(
            #"{"routes": [{"to": "10.0.0.0/8", "via": "172.20.100.255"}]}"#, at: "routes[0].via",
            shows: #""172.20.100.255""#,
            "is not a host address in the subnet 172.20.100.0/24", "name a router that VMs reach directly"),
        Refusal(
            #"{"routes": [{"to": "10.0.0.0/8", "via": "172.20.100.1"}, {"to": "10.0.0.0/8", "via": "172.20.100.2"}]}"#,
            at: "routes[1]", shows: #"{"to":"10.0.0.0/8","via":"172.20.100.2"}"#,
            "has the same destination as options.routes[0]", "remove one of them"),

        // URIs and files.
        Refusal(
            #"{"captivePortal": "portal.example.com"}"#, at: "captivePortal", "is not an http or https URI",
            "write it like https://portal.example.com/api"),
        Refusal(
            #"{"captivePortal": "https://a/%zz"}"#, at: "captivePortal", "is not an http or https URI",
            "write it like https://portal.example.com/api"),
        Refusal(
            #"{"captivePortal": "https://a/%4"}"#, at: "captivePortal", "is not an http or https URI",
            "write it like https://portal.example.com/api"),
        Refusal(
            #"{"captivePortal": "https://a/b c"}"#, at: "captivePortal", "is not an http or https URI",
            "write it like https://portal.example.com/api"),
        Refusal(
            #"{"captivePortal": "https:///api"}"#, at: "captivePortal", "is not an http or https URI",
            "write it like https://portal.example.com/api"),
        Refusal(
            #"{"captivePortal": "https://a/\#(long(247))"}"#, at: "captivePortal",
            "has 257 bytes, more than the limit of 255", "shorten it"),
        Refusal(
            #"{"bootFile": "grüß.efi"}"#, at: "bootFile", "has characters outside of printable ASCII", "remove them"),
        Refusal(#"{"bootFile": ""}"#, at: "bootFile", "is empty", "give it a value, or remove the key"),
        Refusal(
            #"{"bootFile": "\#(long(256))"}"#, at: "bootFile", "has 256 bytes, more than the limit of 255", "shorten it"
        ),
        Refusal(#"{"boot": {}}"#, at: "boot", "is empty", "name a file, or remove the key"),
        Refusal(#"{"boot": "x"}"#, at: "boot", "is a string, not an object", #"write it as {"bios": …}"#),
        Refusal(
            #"{"boot": {"uefi-x86": "x"}}"#, at: "boot.uefi-x86", shows: nil, "is not a known key",
            #"write "uefi-x64" instead"#),
        Refusal(
            #"{"boot": {"bios": 3}}"#, at: "boot.bios", shows: "3", "is a number, not a string", "put it in quotes"),
        Refusal(
            #"{"boot": {"http-x64": "shim.efi"}}"#, at: "boot.http-x64", shows: #""shim.efi""#,
            "is not an http or https URI", "write it like http://boot.example.com/shim.efi"),
        Refusal(
            #"{"boot": {"ipxe": "a\nb"}}"#, at: "boot.ipxe", shows: #""a\nb""#,
            "has characters outside of printable ASCII", "remove them"),
    ]

    @Test("each error names the file, the field, the value and the remedy", arguments: cases)
    func refusal(_ test: Refusal) throws {
        try test.check(under: "options") { try settings(options: test.json) }
    }
}

/// One label of `count` letters; or `labelCount` labels of four letters, whatever `count` is.
private func long(_ count: Int, _ labelCount: Int = 1) -> String {
    (0..<labelCount).map { _ in String(repeating: "a", count: labelCount == 1 ? count : 4) }.joined(separator: ".")
}
