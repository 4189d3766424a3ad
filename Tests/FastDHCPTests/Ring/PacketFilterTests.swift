import Testing

@testable import FastDHCP

@Suite("packet filter")
struct PacketFilterTests {
    @Test("an expression that libpcap does not understand is an error with libpcap's words")
    func syntaxError() {
        do {
            _ = try PacketFilter(compiling: "udp dst port")
            Issue.record("compiled")
        } catch {
            #expect(error.expression == "udp dst port")
            #expect(error.reason.contains("syntax error"), "\(error)")
        }
    }

    @Test("an expression that can match nothing is an error too")
    func contradiction() {
        #expect(throws: PacketFilterError.self) { try PacketFilter(compiling: "tcp and udp") }
    }

    @Test("the server's filter lets TCP go at its second comparison")
    func shortForTCP() throws {
        let filter = try PacketFilter(compiling: PacketFilter.dhcpServerExpression)
        let jumps = filter.instructions.indices.filter { filter.instructions[$0].code & 0x07 == 0x05 }
        let second = filter.instructions[jumps[1]]
        #expect(second.k == 17)
        let target = filter.instructions[jumps[1] + 1 + Int(second.jf)]
        #expect(target == PacketFilter.dropAll.instructions[0])
    }
}
