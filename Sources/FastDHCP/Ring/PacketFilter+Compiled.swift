// Written by scripts/compile-packet-filters from the files in Filters.

public import LinuxSystem

extension PacketFilter {
    /// `dhcp-client.pcap-filter`, 16 instructions.
    public static let dhcpClient = PacketFilter([
        Instruction(code: 40, jt: 0, jf: 0, k: 12),
        Instruction(code: 21, jt: 0, jf: 4, k: 34525),
        Instruction(code: 48, jt: 0, jf: 0, k: 20),
        Instruction(code: 21, jt: 0, jf: 11, k: 17),
        Instruction(code: 40, jt: 0, jf: 0, k: 56),
        Instruction(code: 21, jt: 8, jf: 9, k: 68),
        Instruction(code: 21, jt: 0, jf: 8, k: 2048),
        Instruction(code: 48, jt: 0, jf: 0, k: 23),
        Instruction(code: 21, jt: 0, jf: 6, k: 17),
        Instruction(code: 40, jt: 0, jf: 0, k: 20),
        Instruction(code: 69, jt: 4, jf: 0, k: 8191),
        Instruction(code: 177, jt: 0, jf: 0, k: 14),
        Instruction(code: 72, jt: 0, jf: 0, k: 16),
        Instruction(code: 21, jt: 0, jf: 1, k: 68),
        Instruction(code: 6, jt: 0, jf: 0, k: 65535),
        Instruction(code: 6, jt: 0, jf: 0, k: 0),
    ])
    /// `dhcp-server.pcap-filter`, 20 instructions.
    public static let dhcpServer = PacketFilter([
        Instruction(code: 40, jt: 0, jf: 0, k: 12),
        Instruction(code: 21, jt: 0, jf: 17, k: 2048),
        Instruction(code: 48, jt: 0, jf: 0, k: 23),
        Instruction(code: 21, jt: 0, jf: 15, k: 17),
        Instruction(code: 40, jt: 0, jf: 0, k: 20),
        Instruction(code: 69, jt: 3, jf: 0, k: 8191),
        Instruction(code: 177, jt: 0, jf: 0, k: 14),
        Instruction(code: 72, jt: 0, jf: 0, k: 16),
        Instruction(code: 21, jt: 9, jf: 0, k: 67),
        Instruction(code: 48, jt: 0, jf: 0, k: 14),
        Instruction(code: 84, jt: 0, jf: 0, k: 15),
        Instruction(code: 53, jt: 2, jf: 0, k: 5),
        Instruction(code: 40, jt: 0, jf: 0, k: 36),
        Instruction(code: 21, jt: 4, jf: 0, k: 67),
        Instruction(code: 40, jt: 0, jf: 0, k: 20),
        Instruction(code: 69, jt: 0, jf: 3, k: 8191),
        Instruction(code: 32, jt: 0, jf: 0, k: 30),
        Instruction(code: 21, jt: 0, jf: 1, k: 4294967295),
        Instruction(code: 6, jt: 0, jf: 0, k: 65535),
        Instruction(code: 6, jt: 0, jf: 0, k: 0),
    ])
}
