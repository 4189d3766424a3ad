import CPcap
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("packet filter")
struct PacketFilterTests {
    @Test(
        "the filters in the program are what libpcap makes of their expressions",
        arguments: [
            ("dhcp-server", PacketFilter.dhcpServer), ("dhcp-client", PacketFilter.dhcpClient),
        ])
    func compiled(name: String, filter: PacketFilter) throws {
        #expect(try Self.compile(expression(ofFilter: name)) == filter)
    }

    @Test("the server's filter drops TCP at its second comparison")
    func shortForTCP() throws {
        let instructions = PacketFilter.dhcpServer.instructions
        let jumps = instructions.indices.filter { instructions[$0].code & 0x07 == 0x05 }
        let second = instructions[jumps[1]]
        #expect(second.k == 17)
        let target = instructions[jumps[1] + 1 + Int(second.jf)]
        #expect(target == PacketFilter.dropAll.instructions[0])
    }

    /// The expression in a file of `Sources/FastDHCP/Ring/Filters`, without its comments.
    private func expression(ofFilter name: String) throws -> String {
        let folder = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let path = "/\(folder)/Sources/FastDHCP/Ring/Filters/\(name).pcap-filter"
        return String(decoding: try SystemCall.readFile(path), as: UTF8.self)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: " ")
    }

    private static func compile(_ expression: String) throws -> PacketFilter {
        // SAFETY: the handle is used until pcap_close and the program until pcap_freecode, both in this call.
        let handle = unsafe pcap_open_dead(DLT_EN10MB, 65535)
        defer { unsafe pcap_close(handle) }
        var program = unsafe bpf_program()
        let status = unsafe pcap_compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN)
        try #require(status == 0)
        defer { unsafe pcap_freecode(&program) }
        let compiled = unsafe UnsafeBufferPointer(start: program.bf_insns, count: Int(program.bf_len))
        return PacketFilter(unsafe compiled.map { .init(code: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) })
    }
}
