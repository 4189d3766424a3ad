import Addresses
import TestSupport
import Testing

/// Addresses whose records in the journal were damaged while the daemon was down.
@Suite(.needsSandbox, .endsWhenHung)
struct QuarantineTests {
    @Test("the VM that leases.json names renews, nobody else hears an answer, and an operator frees what is left")
    func damagedRecords() throws {
        let host = try TestHost(poolSize: 8)
        let first = try host.startDaemon()
        let machine = try host.machine()
        let clients = try (1...4).map { try machine.client(MACAddress(2, 0, 0, 0, 9, UInt8($0))) }
        let addresses = try clients[..<3].map { try $0.lease().address }
        #expect(try eventually { try host.leaseRows().count == 3 })
        try first.kill()
        for address in addresses[..<2] { try damageRecord(of: address, on: host) }

        let second = try host.startDaemon()
        #expect(second.process.output.contains("the journal is damaged"), "\(second.process.output)")
        #expect(second.process.output.contains("may renew its address"), "\(second.process.output)")
        clients[3].patience = .milliseconds(200)
        #expect(try clients[3].initReboot(addresses[0]) == nil)
        #expect(try clients[0].initReboot(addresses[0])?.message.kind == .ack)
        #expect(host.hasRoute(to: addresses[0]))
        #expect(try clients[3].initReboot(addresses[0])?.message.kind == .nak)

        #expect(try release(addresses[1], on: host) == "\(addresses[1]) is available again\n")
        let refusal = try release(addresses[2], on: host)
        #expect(refusal.contains("\(clients[2].mac) has \(addresses[2])"), "\(refusal)")
        let body = "{\"ip\": \"\(addresses[1])\"}"
        #expect(try host.control("PUT", "/v1/leases/\(clients[3].mac)", body: body).status == 201)
        #expect(try host.leaseRows().count == 3)
        #expect(second.process.isRunning)
    }

    private func release(_ address: IPv4Address, on host: TestHost) throws -> String {
        let arguments = "leases release --address \(address) --control-socket \(TestHost.controlSocket)"
        return try host.sandbox.shell("\(Program.cocoonNet) \(arguments) 2>&1 || true")
    }

    /// Overwrites a byte of the latest record of an address: byte 40 of 64, in which its address is at byte 16.
    private func damageRecord(of address: IPv4Address, on host: TestHost) throws {
        let pattern = address.bytes.map { byte in
            let digits = String(byte, radix: 16)
            return "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
        }.joined()
        try host.sandbox.shell(
            """
            cd \(TestHost.stateDirectory)
            place=$(LC_ALL=C grep -obUaP '\(pattern)' leases.journal | cut -d : -f 1 | awk '$1 >= 8192' | tail -n 1)
            test $(( (place - 8192) % 64 )) = 16
            printf '\\377' | dd of=leases.journal bs=1 seek=$((place + 24)) conv=notrunc status=none
            """)
    }
}
