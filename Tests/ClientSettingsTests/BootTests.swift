import Addresses
import Node
import Testing

@testable import FastDHCP
@testable import ClientSettings

@Suite("What clients boot from")
struct BootTests {
    private func boots(_ options: String) throws -> [BootAnswer] { try policy(options: options).profiles[0].boots }

    private func file(_ boots: [BootAnswer], _ client: BootClient) -> String? {
        text(boots[client.rawValue].options[67])
    }

    @Test("each kind of client gets its file, and a kind without one gets the file for all")
    func files() throws {
        let boots = try boots(
            #"""
            {"bootFile": "undionly.kpxe", "boot": {"bios": "bios.0", "uefi-x64": "x64.efi", "uefi-arm64": "arm64.efi",
             "http-x64": "http://b/x64.efi", "http-arm64": "https://b/arm64.efi", "ipxe": "http://b/boot.ipxe"}}
            """#)
        #expect(boots.count == BootClient.allCases.count)
        let expected: [(BootClient, String)] = [
            (.other, "undionly.kpxe"), (.bios, "bios.0"), (.uefiX64, "x64.efi"), (.uefiARM64, "arm64.efi"),
            (.httpX64, "http://b/x64.efi"), (.httpARM64, "https://b/arm64.efi"), (.ipxe, "http://b/boot.ipxe"),
        ]
        for (client, name) in expected { #expect(file(boots, client) == name) }
        let plain = try self.boots(#"{"bootFile": "undionly.kpxe", "boot": {"ipxe": "boot.ipxe"}}"#)
        for client in [BootClient.other, .bios, .uefiX64, .uefiARM64] {
            #expect(file(plain, client) == "undionly.kpxe")
        }
        #expect(file(plain, .ipxe) == "boot.ipxe")
    }

    @Test("a client that boots by HTTP gets a URI with HTTPClient in option 60, or neither")
    func http() throws {
        let uri = try boots(#"{"bootFile": "http://b/any.efi"}"#)
        let name = try boots(#"{"bootFile": "undionly.kpxe"}"#)
        for client in BootClient.allCases {
            #expect(file(uri, client) == "http://b/any.efi")
            #expect(text(uri[client.rawValue].options[60]) == (client.bootsByHTTP ? "HTTPClient" : nil))
            #expect(file(name, client) == (client.bootsByHTTP ? nil : "undionly.kpxe"))
            #expect(name[client.rawValue].options[60] == nil)
        }
    }

    @Test("servers are sent with a file or without")
    func servers() throws {
        let boots = try boots(#"{"nextServer": "172.20.100.7", "tftpServer": "tftp.example.com."}"#)
        for answer in boots {
            #expect(answer.nextServer == IPv4Address(172, 20, 100, 7))
            #expect(answer.options.codes == [66] && text(answer.options[66]) == "tftp.example.com")
        }
        #expect(try self.boots(#"{"tftpServer": "172.20.100.7"}"#)[0].nextServer == nil)
        #expect(try self.boots(#"{"dns": ["9.9.9.9"]}"#).isEmpty)
    }

    @Test("the longest file name is sent")
    func longest() throws {
        let name = String(repeating: "f", count: 255)
        #expect(file(try boots(#"{"bootFile": "\#(name)"}"#), .bios) == name)
    }

    @Test("a reservation's keys replace everyone's, and the others stay")
    func reservation() throws {
        let policy = try policy(
            options: #"{"nextServer": "172.20.100.7", "bootFile": "a", "boot": {"bios": "b", "ipxe": "c"}}"#,
            reservations: #"""
                {"02:00:00:00:00:01": {"ip": "172.20.100.2", "options": {"bootFile": "d"}},
                 "02:00:00:00:00:02": {"ip": "172.20.100.3", "options": {"boot": {"bios": "e"}}},
                 "02:00:00:00:00:03": {"ip": "172.20.100.9", "hostname": "vm"}}
                """#)
        func files(_ client: UInt8) throws -> [String?] {
            let boots = try policy.profile(of: client).boots
            #expect(boots.allSatisfy { $0.nextServer == IPv4Address(172, 20, 100, 7) })
            return [BootClient.other, .bios, .ipxe].map { file(boots, $0) }
        }
        #expect(try files(9) == ["a", "b", "c"])
        #expect(try files(1) == ["d", "b", "c"])
        #expect(try files(2) == ["a", "e", "a"])
        #expect(try files(3) == ["a", "b", "c"])
    }
}
